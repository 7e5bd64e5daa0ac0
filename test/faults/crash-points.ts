/**
 * Some points between two effects at which a real process is killed. `crash.mjs` knows where they are; each is `name#n`, passed for the n-th
 * time; a transaction's are `name:commit` and `name:committed`. All points there are, test/engine/crash-points.test.ts finds by itself,
 * within one process.
 */

export interface CrashPoint {
  readonly at: string;
  /** What has happened when it dies, and what has not. */
  readonly between: string;
}

export const WORKER_CRASH_POINTS: readonly CrashPoint[] = [
  { at: 'commit-messages:commit#1', between: 'a batch is written, and nothing of it is committed' },
  { at: 'importSlices:done#1', between: 'all slices are done; Temporal has not heard of it' },
  {
    at: 'settle-and-check:committed#1',
    between: 'a phase is found equal; neither it nor the status is complete',
  },
  { at: 'order:answered#1', between: 'the carrier has taken an order; the store has not' },
  { at: 'object:named#1', between: 'an attachment is in its place; its row does not say so' },
];

export const API_CRASH_POINTS: readonly CrashPoint[] = [
  { at: 'begin-start:committed#1', between: 'a start is written down; nobody has been told' },
  { at: 'start:sent#1', between: 'Temporal has heard of a start; the store does not know that it has' },
];

export const CALLBACK_CRASH_POINTS: readonly CrashPoint[] = [
  {
    at: 'take-callback:committed#1',
    between: 'a callback is written down; neither the carrier nor Temporal knows',
  },
];

/** Of a verification that repairs. */
export const VERIFICATION_CRASH_POINTS: readonly CrashPoint[] = [
  { at: 'commit-turn:committed#3', between: 'a page is compared and repaired; the lane has not heard of it' },
  { at: 'end-verification:commit#1', between: 'the certificate is made, and nothing of it is committed' },
];

export const RESET_CRASH_POINTS: readonly CrashPoint[] = [
  { at: 'forget-order:commit#1', between: 'an order is forgotten, and nothing of it is committed' },
  { at: 'messages:removed#1', between: 'messages are gone; their threads are there' },
];
