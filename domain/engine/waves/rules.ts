/** What a wave of starts does next: rules over counts. */

export const WAVE_STATES = ['running', 'paused', 'stopped', 'cancelled', 'done'] as const;
/** `stopped`: too many have failed, and a person must look. */
export type WaveState = (typeof WAVE_STATES)[number];

export const MEMBER_STATES = [
  'waiting',
  'running',
  'done',
  'failed',
  'refused',
  'cancelled',
  'skipped',
] as const;
/** `refused`: its start was refused, with a reason. `skipped`: the wave was cancelled before its start. */
export type MemberState = (typeof MEMBER_STATES)[number];

export type MemberCounts = Readonly<Record<MemberState, number>>;

export interface WaveLimits {
  readonly atOnce: number;
  /** The wave stops when more than this share of the ended members has failed; null: it never does. */
  readonly stopPercent: number | null;
}

/** The members that had ended when a person last resumed the wave, which the rule no longer counts. */
export interface Accepted {
  readonly failed: number;
  readonly ended: number;
}

/** Among few ended members one failure is a large share, so a larger wave counts as if at least this many had ended. */
export const LEAST_ENDED = 20;

export function totalOf(counts: MemberCounts): number {
  return MEMBER_STATES.reduce((sum, state) => sum + counts[state], 0);
}

export function failedOf({ failed, refused }: MemberCounts): number {
  return failed + refused;
}

/** Counts only started members. A member that a person has cancelled says nothing about the others. */
export function endedOf(counts: MemberCounts): number {
  return counts.done + failedOf(counts);
}

/** Whether more than the share has failed since a person last accepted the failures. */
export function hasFailedTooMuch(
  counts: MemberCounts,
  { stopPercent }: Pick<WaveLimits, 'stopPercent'>,
  accepted: Accepted,
): boolean {
  if (stopPercent === null) return false;
  const failed = failedOf(counts) - accepted.failed;
  const ended = endedOf(counts) - accepted.ended;
  const base = Math.max(ended, Math.min(LEAST_ENDED, totalOf(counts) - accepted.ended));
  return failed > 0 && failed * 100 > stopPercent * base;
}

/** How many members may be started now. */
export function freeSlots({ running }: MemberCounts, { atOnce }: Pick<WaveLimits, 'atOnce'>): number {
  return Math.max(0, atOnce - running);
}

/** No member is left to start or to wait for. */
export function isOver({ waiting, running }: MemberCounts): boolean {
  return waiting === 0 && running === 0;
}
