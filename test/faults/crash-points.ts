/**
 * Points between two effects at which a real process is killed: one for each kind of place, which shows that the death of a process is what a cut
 * within one process is. All points there are, test/engine/crash-points.test.ts finds and cuts by itself. `crash.mjs` knows where these are;
 * each is `name#n`, passed for the n-th time; a transaction's are `name:commit` and `name:committed`.
 */

export interface CrashPoint {
  readonly at: string;
  /** The kind of place. */
  readonly place: string;
  /** What has happened when it dies, and what has not. */
  readonly between: string;
}

export const WORKER_CRASH_POINTS: readonly CrashPoint[] = [
  {
    at: 'commit-messages:commit#1',
    place: 'before a commit',
    between: 'a batch is written, and nothing of it is committed',
  },
  {
    at: 'copySlices:done#1',
    place: 'before the answer of an activity',
    between: 'all slices are done; Temporal has not heard of it',
  },
  {
    at: 'workflow-task:decided#2',
    place: 'within a workflow task',
    between: 'a workflow knows what comes next; Temporal has not heard of it',
  },
  {
    at: 'order:answered#1',
    place: 'between another service and the store',
    between: 'the carrier has taken an order; the store has not',
  },
  {
    at: 'object:named#1',
    place: 'between files and the store',
    between: 'an attachment is in its place; its row does not say so',
  },
];

export const API_CRASH_POINTS: readonly CrashPoint[] = [
  {
    at: 'begin-start:committed#1',
    place: 'before an answer',
    between: 'a start is written down; nobody has been told',
  },
  {
    at: 'start:sent#1',
    place: 'between Temporal and the store',
    between: 'Temporal has heard of a start; the store does not know that it has',
  },
];

export const CALLBACK_CRASH_POINT: CrashPoint = {
  at: 'take-callback:committed#1',
  place: 'before the answer to a callback',
  between: 'a callback is written down; neither the carrier nor Temporal knows',
};

/** Of a verification that repairs. */
export const VERIFICATION_CRASH_POINT: CrashPoint = {
  at: 'commit-turn:committed#3',
  place: 'after a commit, within an activity',
  between: 'a page is compared and repaired; the lane has not heard of it',
};

export const RESET_CRASH_POINT: CrashPoint = {
  at: 'messages:removed#1',
  place: 'between two commits that belong together',
  between: 'messages are gone; their threads are there',
};

/** Of a worker that has an account followed, and that follows. Each transaction is passed again and again. */
export const FOLLOWER_CRASH_POINTS: readonly CrashPoint[] = [
  {
    at: 'join-streams:commit#1',
    place: 'before it joins',
    between: 'the first positions are written, and not committed',
  },
  {
    at: 'join-streams:committed#1',
    place: 'after it has joined',
    between: 'an account is followed; its import is not planned',
  },
  {
    at: 'follow:commit#1',
    place: 'before changes are committed',
    between: 'what the source has now is written, and not committed',
  },
  {
    at: 'follow:committed#2',
    place: 'after changes are committed',
    between: 'changes are here; the position is before them',
  },
  {
    at: 'move-positions:commit#2',
    place: 'before a position is committed',
    between: 'a position is written, and not committed',
  },
  {
    at: 'move-positions:committed#3',
    place: 'after a position is committed',
    between: 'a position has moved; the follower does not know',
  },
];
