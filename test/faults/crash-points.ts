/**
 * Every point between two effects at which a process may die and leave the one without the other. `crash.mjs` knows where they
 * are; each is `name#n`, passed for the n-th time.
 */

export interface CrashPoint {
  readonly at: string;
  /** What has happened when it dies, and what has not. */
  readonly between: string;
}

export const WORKER_CRASH_POINTS: readonly CrashPoint[] = [
  { at: 'prepareAccount:done#1', between: 'the payload is taken; Temporal has not heard of it' },
  { at: 'provisionBrand:done#1', between: 'channels and ports are written down; no port has been begun' },
  { at: 'plan:commit#1', between: 'a phase is planned, and nothing of it is committed' },
  { at: 'plan:committed#1', between: 'a phase is planned; no slice has been claimed' },
  { at: 'claim:send#2', between: 'a lane looks for slices, and has yet to claim more' },
  { at: 'batch:commit#1', between: 'a batch is written, and nothing of it is committed' },
  { at: 'batch:committed#2', between: 'a batch is committed; the lane has not heard of it' },
  { at: 'importSlices:done#1', between: 'all slices are done; Temporal has not heard of it' },
  { at: 'check:commit#1', between: 'threads are settled and checked, and nothing of it is committed' },
  { at: 'check:committed#1', between: 'a phase is found equal; neither it nor the status is complete' },
  { at: 'status:committed#3', between: 'a status is written; whoever wrote it has not heard of it' },
  {
    at: 'completePhase:done#1',
    between: 'the status says that a phase is complete; Temporal has not heard of it',
  },
  { at: 'order:send#1', between: 'a port is to be ordered; the carrier has not heard of it' },
  { at: 'order:answered#1', between: 'the carrier has taken an order; the store has not' },
  { at: 'followPort:open#1', between: 'the store has the order; Temporal has not heard of it' },
  { at: 'object:name#1', between: 'an attachment is fetched and has no name yet' },
  { at: 'object:named#1', between: 'an attachment is in its place; its row does not say so' },
  {
    at: 'fetchAttachments:done#1',
    between: 'attachments and their rows are written; Temporal has not heard of it',
  },
];

export const API_CRASH_POINTS: readonly CrashPoint[] = [
  { at: 'message:commit#1', between: 'a start is written down, and nothing of it is committed' },
  { at: 'message:committed#1', between: 'a start is written down; nobody has been told' },
  { at: 'start:send#1', between: 'a start is on its way; Temporal has not heard of it' },
  { at: 'start:sent#1', between: 'Temporal has heard of a start; the store does not know that it has' },
];

export const CALLBACK_CRASH_POINTS: readonly CrashPoint[] = [
  {
    at: 'callback:committed#1',
    between: 'a callback is written down; neither the carrier nor Temporal knows',
  },
  { at: 'signal:send#1', between: 'a callback is on its way to its workflow' },
  { at: 'signal:sent#1', between: 'the workflow has the callback; the store does not know that it has' },
];

/** Of a verification that repairs. */
export const VERIFICATION_CRASH_POINTS: readonly CrashPoint[] = [
  { at: 'plan:commit#1', between: 'a turn has begun, and nothing of it is planned' },
  { at: 'batch:commit#2', between: 'a page is compared and repaired, and nothing of it is committed' },
  { at: 'batch:committed#3', between: 'a page is compared and repaired; the lane has not heard of it' },
  { at: 'verifySlices:done#1', between: 'all is compared; Temporal has not heard of it' },
  { at: 'turn:commit#1', between: 'a turn is summed up, and nothing of it is committed' },
  { at: 'turn:committed#1', between: 'a turn that repaired has ended; quarantine is not cleaned' },
  { at: 'finishTurn:done#1', between: 'a turn has ended; Temporal has not heard of it' },
  { at: 'turn:committed#2', between: 'the second turn has ended; nobody has judged it' },
  { at: 'verdict:commit#1', between: 'the certificate is made, and nothing of it is committed' },
  { at: 'verdict:committed#1', between: 'the verification has ended; Temporal has not heard of it' },
];

export const RESET_CRASH_POINTS: readonly CrashPoint[] = [
  { at: 'books:commit#1', between: 'what ran has ended; imports are not shut out' },
  { at: 'endWorkflows:done#1', between: 'imports are shut out; Temporal has not heard of it' },
  { at: 'cancel:send#1', between: 'an order is to be cancelled; the carrier has not heard of it' },
  { at: 'cancel:answered#1', between: 'the carrier has cancelled an order; the store has not' },
  { at: 'forget:commit#1', between: 'an order is forgotten, and nothing of it is committed' },
  { at: 'forget:committed#1', between: 'an order is forgotten; the others are not' },
  {
    at: 'cancelPorts:done#1',
    between: 'all orders are cancelled and forgotten; Temporal has not heard of it',
  },
  { at: 'files:removed#1', between: 'stored files are gone; their rows are there' },
  { at: 'messages:removed#1', between: 'messages are gone; their threads are there' },
  { at: 'sources:removed#1', between: 'the sources of threads are gone; the threads are there' },
  { at: 'removeImported:done#1', between: 'everything is gone; Temporal has not heard of it' },
  { at: 'message:commit#1', between: 'the account is begun anew, and nothing of it is committed' },
  { at: 'message:committed#1', between: 'the account is begun anew; nobody has been told' },
];
