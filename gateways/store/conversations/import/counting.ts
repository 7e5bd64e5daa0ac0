import { minus, NOTHING, released } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import { forgetTwins } from '../check/dump-books.js';
import type { Transaction } from '../../sql/transaction.js';
import type { ImportedBrand } from './brand.js';
import { bookedSums, standingBefore, withoutRepeats } from './repeats.js';
import type { Reading } from './repeats.js';
import { supersedeAgain, supersedeRows } from './superseded.js';

/** How an import counts what it reads. */
export interface Books {
  /** What of a batch is written and counted. */
  once<R extends Reading>(placements: readonly R[]): readonly R[];
  /** What is counted already of staged records that stood before this transaction. To be asked after the INSERT, before anything is rewritten. */
  standing(tx: Transaction, brand: ImportedBrand, rows: readonly MessageRow[]): Promise<Tally>;
  /** Accounts for copies that do not stand for their messages; returns what is counted of them already. */
  supersede(tx: Transaction, brandId: string, rows: readonly MessageRow[]): Promise<Tally>;
  /** Of what a page of a verification shows, without what other pages have shown before. */
  shown(tally: Tally, repeated: readonly Tally[]): Tally;
  /** Of quarantined records that left: those that were taken on their own, and copies that were superseded before. */
  released(taken: number, twice: number): Tally;
  /** Removes what a record that came both whole and broken has left in two places. */
  settleTwins(tx: Transaction, brand: ImportedBrand, phase: string): Promise<void>;
}

/** Of tables each record is read once, and counted as it is read. */
const READINGS: Books = {
  once: (placements) => placements,
  standing: async () => NOTHING,
  async supersede(tx, brandId, rows) {
    await supersedeRows(tx, brandId, rows);
    return NOTHING;
  },
  shown: (tally) => tally,
  released: (taken) => released(taken),
  settleTwins: async () => undefined,
};

/** A dump may hold a record several times, and a file that has changed is read again: records are counted, not readings. */
const RECORDS: Books = {
  once: withoutRepeats,
  standing: (tx, brand, rows) => standingBefore(tx, brand.accountId, rows),
  supersede: async (tx, brandId, rows) => bookedSums(await supersedeAgain(tx, brandId, rows)),
  shown: (tally, repeated) => repeated.reduce(minus, tally),
  released: (taken, twice) => released(taken + twice),
  settleTwins: forgetTwins,
};

export function booksOf({ dump }: ImportedBrand): Books {
  return dump ? RECORDS : READINGS;
}
