/** The result of a run of random kills. */
export interface KillReport {
  readonly seed: number;
  readonly kills: number;
  /** Kills by what the worker was doing: the transaction that it had open, else the activity that it had under way. */
  readonly running: Readonly<Record<string, number>>;
  /** Imports that ended and were compared with the truth. */
  readonly imports: { readonly tables: number; readonly dumps: number };
  /** Messages of those imports, each counted as read exactly once. */
  readonly records: number;
  /** Imports that were started again because the kills had used up their retries. */
  readonly startedAgain: number;
  /** Of imports from tables: batches that were committed, pages that were read again, slices that dead workers had in hand. */
  readonly batches: number;
  readonly readAgain: number;
  readonly inHand: number;
}
