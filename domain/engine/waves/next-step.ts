import { parseWindow, windowState } from './window.js';
import {
  type Accepted,
  freeSlots,
  hasFailedTooMuch,
  isOver,
  type MemberCounts,
  type WaveLimits,
  type WaveState,
} from './rules.js';

export interface SteppedWave extends WaveLimits {
  readonly state: WaveState;
  /** As `parseWindow` reads it. */
  readonly hours: string | null;
  readonly accepted: Accepted;
}

export type NextStep =
  | { readonly do: 'start'; readonly most: number }
  /** All members have ended. */
  | { readonly do: 'end' }
  /** Too many have failed. */
  | { readonly do: 'stop' }
  | { readonly do: 'wait'; readonly for: 'a person' | 'running members' }
  /** ISO 8601. */
  | { readonly do: 'wait'; readonly for: 'the window'; readonly until: string };

/** @param now milliseconds since 1970 */
export function nextStep(wave: SteppedWave, counts: MemberCounts, now: number): NextStep {
  if (wave.state === 'cancelled' || wave.state === 'done') return { do: 'wait', for: 'running members' };
  if (isOver(counts)) return { do: 'end' };
  if (wave.state !== 'running') return { do: 'wait', for: 'a person' };
  if (hasFailedTooMuch(counts, wave, wave.accepted)) return { do: 'stop' };
  const most = Math.min(counts.waiting, freeSlots(counts, wave));
  if (most === 0) return { do: 'wait', for: 'running members' };
  const window = wave.hours === null ? undefined : parseWindow(wave.hours);
  // It was checked when the wave was created.
  if (typeof window === 'string') throw new Error(window);
  const state = window && windowState(window, now);
  return state === undefined || state.isOpen
    ? { do: 'start', most }
    : { do: 'wait', for: 'the window', until: state.opensAt };
}
