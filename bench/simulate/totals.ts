import { isSmall, MESSAGES_OF_A_THREAD } from './migration.js';
import { accountsOf, type Day, type SimulatedAccount } from './accounts.js';
import { MEASURED } from './world.js';

/** What a day takes from the systems around Carryover. The simulation leaves out their limits. */
export interface Totals {
  readonly messages: number;
  /** Messages of the accounts that start in the busiest hour. */
  readonly busiestHour: number;
  /** Temporal's billed actions, at most. */
  readonly actions: number;
  /** DynamoDB's read request units. */
  readonly readUnits: number;
  readonly storeBytes: number;
  readonly walBytes: number;
}

/** The bounds of docs/cost.md; each account has one port. */
const ACTIONS = { ofSmall: 8, ofOther: 11, ofPort: 4, ofFurtherBrand: 10, ofMillion: 49 };
const READ_UNIT_BYTES = 8_192;
/** A thread's item, which is read up to twice. */
const THREAD_BYTES = 300;
const HOUR = 3_600;

/** By the formulas of docs/cost.md and docs/scale.md. */
export function totalsOf(day: Day): Totals {
  const accounts = accountsOf(day);
  const hours = new Map<number, number>();
  for (const { startsAt, messages } of accounts) {
    const hour = Math.floor(startsAt / HOUR);
    hours.set(hour, (hours.get(hour) ?? 0) + messages);
  }
  const sum = (of: (account: SimulatedAccount) => number) =>
    accounts.reduce((total, account) => total + of(account), 0);
  const messages = sum((account) => account.messages);
  return {
    messages,
    busiestHour: Math.max(...hours.values()),
    actions: sum((account) => actionsOf(account, day.recentShare)),
    readUnits: sum((account) => readUnitsOf(account)),
    storeBytes: messages * MEASURED.storeBytesPerMessage,
    walBytes: messages * MEASURED.walBytesPerMessage,
  };
}

function actionsOf({ messages, brands }: SimulatedAccount, recentShare: number): number {
  const remaining = { messages: messages * (1 - recentShare), held: messages };
  const fixed = brands === 1 && isSmall(remaining) ? ACTIONS.ofSmall : ACTIONS.ofOther;
  const more = (brands - 1) * ACTIONS.ofFurtherBrand + (messages / 1_000_000) * ACTIONS.ofMillion;
  return fixed + ACTIONS.ofPort + more;
}

/** With the last page of each of four readings: threads and messages, recent and all. */
function readUnitsOf({ messages, brands }: SimulatedAccount): number {
  const threads = messages / MESSAGES_OF_A_THREAD;
  const bytes = messages * MEASURED.itemBytes + 2 * threads * THREAD_BYTES;
  return bytes / READ_UNIT_BYTES + 4 * 0.5 * brands;
}
