/** The names of a session's keys in Redis. */

import { LAST_STEP, STEPS } from './steps.js';
import type { SessionDocuments } from './session.js';

/** The suffixes of `onboarding:{session_id}:`, in this order: all steps, progress, metadata. */
export const KEY_NAMES: readonly string[] = [
  ...STEPS.map(({ number }) => `step:${number}`),
  'progress',
  'metadata',
];

export function keyOf(prefix: string, sessionId: string, name: string): string {
  return `${prefix}onboarding:${sessionId}:${name}`;
}

/** Who may write the session's keys. */
export function fenceKeyOf(prefix: string, sessionId: string): string {
  return `${prefix}onboarding-fence:${sessionId}`;
}

/** The documents in the order of KEY_NAMES; undefined for a step without one. */
export function valuesOf({ steps, progress, metadata }: SessionDocuments): readonly (string | undefined)[] {
  return [...Array.from({ length: LAST_STEP }, (_none, at) => steps.get(at + 1)), progress, metadata];
}

/** Whether the prefix puts all keys into one hash slot of a cluster: scripts write all keys of a session at once. */
export function keepsOneSlot(prefix: string): boolean {
  return /^[^{]*\{[^}]+\}/.test(prefix);
}
