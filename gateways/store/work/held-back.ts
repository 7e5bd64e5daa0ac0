import type { Pool } from '../sql/transaction.js';
import { NOTE_EXPIRES_SECONDS, writeNote } from './notes.js';
import type { PhaseRef } from './phase-ref.js';

export type HoldReason = 'commit-latency' | 'replica-lag';

/** Why and how much an import is held back. */
export interface HeldBack {
  readonly reason: HoldReason;
  /** When it began, ISO 8601. */
  readonly since: string;
  /** Milliseconds of a commit, or seconds of replica lag. */
  readonly measured: number;
  /** In the same unit as `measured`. */
  readonly budget: number;
  /** The share of the possible write rate, 0 to 1. */
  readonly share: number;
}

export const HELD_BACK_EXPIRES_SECONDS = NOTE_EXPIRES_SECONDS;

/** Records that these phases are held back, or with null that they no longer are. */
export async function writeHeldBack(
  pool: Pool,
  phases: readonly PhaseRef[],
  heldBack: HeldBack | null,
): Promise<void> {
  await writeNote(pool, phases, 'held_back', heldBack);
}
