/** A line of the table that `npm run bench` prints. Everything is text, with its unit. */
export interface Row {
  /** What was measured: `Carryover, 200,000 messages in threads of 40`. */
  readonly what: string;
  /** `9,870 messages/s`. */
  readonly measured: string;
  /** The ratio to what it is compared with in the same run: `0.94 (0.92–0.95)`. */
  readonly ratio?: string;
  /** The target: `≥ 0.9`. */
  readonly wanted?: string;
  /** CPU seconds, memory, or an explanation. */
  readonly note?: string;
}

/**
 * A benchmark that can run alone. It starts what it needs and stops it again, even if it fails; `world/stack.ts` has the servers that parts can
 * share.
 */
export interface Part {
  /** Its name on the command line. */
  readonly name: string;
  /** It takes too long to be one of all. */
  readonly onlyWhenNamed?: boolean;
  run(): Promise<Row[]>;
}
