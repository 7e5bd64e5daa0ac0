import { RefreshCw, Unplug } from 'lucide-react';
import { clockTime, duration, since } from '../words/times.js';
import { Button } from '../ui/controls/button.js';
import styles from './connection.module.css';
import { useLive } from './live.js';
import type { LiveState } from './stream.js';
import { useNow } from './now.js';

/** A shorter loss is not shown. */
const UNNOTICED_MS = 1_500;

/** A banner above everything: the data is old, how old, and what happens next. */
export function ConnectionBanner() {
  const { state, retryNow } = useLive();
  const now = useNow();
  if (state.is !== 'reconnecting') return undefined;
  const offline = !navigator.onLine;
  if (!offline && now - state.since < UNNOTICED_MS) return undefined;
  return (
    <div className={styles.banner} role="status" data-connection={offline ? 'offline' : 'reconnecting'}>
      {offline ? (
        <Unplug size={16} aria-hidden />
      ) : (
        <RefreshCw size={16} aria-hidden className={styles.turning} />
      )}
      <p>
        <strong>{offline ? 'Offline.' : 'Reconnecting.'}</strong> What you see is from{' '}
        {clockTime(state.since, now)}, {since(new Date(state.since).toISOString(), now)} ago.{' '}
        {offline
          ? 'It reconnects automatically once this computer is online.'
          : state.next === undefined
            ? 'Trying now.'
            : `Next try in ${duration((state.next - now) / 1_000)}.`}
      </p>
      {!offline && (
        <Button size="small" onClick={retryNow} disabled={state.next === undefined}>
          Try now
        </Button>
      )}
    </div>
  );
}

/** The state of the connection in two words, at the foot of the navigation. */
export function ConnectionMark() {
  const { state } = useLive();
  const live = state.is === 'live';
  const words = live ? 'Live' : wordsFor(state);
  return (
    <p className={styles.mark} data-live={live}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden>
        {live ? <circle cx="5" cy="5" r="4" /> : <circle cx="5" cy="5" r="3.25" className={styles.hollow} />}
      </svg>
      {words}
    </p>
  );
}

function wordsFor({ is }: LiveState): string {
  if (is === 'connecting') return 'Connecting';
  if (is === 'signed-out') return 'Not live';
  return navigator.onLine ? 'Reconnecting' : 'Offline';
}
