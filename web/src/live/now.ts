import { useSyncExternalStore } from 'react';
import { browserClock } from '../clock.js';

const EVERY_MS = 1_000;
const listeners = new Set<() => void>();
let second = browserClock.now();
let stop: (() => void) | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  stop ??= browserClock.every(EVERY_MS, () => {
    second = browserClock.now();
    for (const each of listeners) each();
  });
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = undefined;
  };
}

/** The time, anew every second; one timer for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => second);
}
