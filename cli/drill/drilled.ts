/** The result of one fault. */
export interface Drilled {
  readonly name: string;
  readonly title: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** What was done and found; null if it failed. */
  readonly seen: string | null;
  /** What `carryover explain` said meanwhile; null if the fault keeps nothing waiting, or it failed before. */
  readonly explained: string | null;
  /** Why it failed. */
  readonly problem: string | null;
  readonly next_step: string | null;
}
