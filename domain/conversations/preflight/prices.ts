/**
 * The prices and bounds of docs/cost.md, in US dollars. Operators put their own prices into its formulas. A preflight's costs are for comparing
 * accounts, and it names the prices it used. test/domain/conversations/preflight/estimates.test.ts compares them with the document.
 */

export const PRICES = {
  millionActions: 50,
  /** The price of Temporal Cloud's fairness. */
  fairness: 1.1,
  millionReadUnits: 0.125,
  workerHour: 0.085,
} as const;

export const ACTIONS = {
  /** An account of one brand of some hundred records, without and with thousands of them; attachments included. */
  small: { from: 8, to: 9 },
  medium: { from: 11, to: 12 },
  /** The most for each million messages of a brand that is too large for the first lanes. */
  million: { from: 7, to: 48 },
  furtherBrand: 10,
  port: 4,
  /** Following an account from its beginning to its end. */
  following: { from: 7, to: 9 },
} as const;

/** Messages a second of one worker process: the least of one lane, and the rate of all lanes of one process on two cores. */
export const MESSAGES_PER_SECOND = { from: 1_500, to: 30_000 } as const;
/** Settling and checking, for each message that a brand holds by then. */
export const CHECK_SECONDS_PER_MESSAGE = 0.000_003_3;
/** Preparing, provisioning, lanes and checks of an account without messages. */
export const FIXED_SECONDS = { account: 0.5, brand: 0.3 } as const;

/** An eventually consistent read unit. */
export const BYTES_PER_READ_UNIT = 8_192;
