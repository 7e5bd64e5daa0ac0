/** A line of the table that `npm run bench` prints. Everything is text, with its unit. */
export interface Row {
  /** What was measured, in words: `Carryover, 200,000 messages in threads of 40`. */
  readonly what: string;
  /** `9,870 messages/s`. */
  readonly measured: string;
  /** Against what it is compared with in the same run: `0.94 (0.92–0.95)`. */
  readonly ratio?: string;
  /** What it should be: `≥ 0.9`. */
  readonly wanted?: string;
  /** CPU seconds, memory, or why it is as it is. */
  readonly note?: string;
}

/**
 * Something that can be measured by itself. It starts what it needs and ends it again, also when it fails; servers that several
 * parts can share come from `world/stack.ts`.
 */
export interface Part {
  /** As it is named on the command line. */
  readonly name: string;
  run(): Promise<Row[]>;
}
