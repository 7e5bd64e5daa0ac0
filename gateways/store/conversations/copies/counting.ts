import { minus, NOTHING, released } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import { removeDumpDuplicates } from '../check/dump-duplicates.js';
import type { Transaction } from '../../sql/transaction.js';
import type { ImportedBrand } from '../import/brand.js';
import { countedSums, standingBefore, withoutRepeats } from './repeats.js';
import type { Reading } from './repeats.js';
import { supersedeAgain, supersedeRows } from './superseded.js';

/** How an import counts what it reads. */
export interface RecordCounting {
  /** Whether a record may be read several times. */
  readonly repeats: boolean;
  /** The part of a batch that is written and counted. */
  once<R extends Reading>(placements: readonly R[]): readonly R[];
  /**
   * The counts of staged records that existed before this transaction, and so are counted already. Call it after the INSERT, before rows are
   * rewritten.
   */
  standing(tx: Transaction, brand: ImportedBrand, rows: readonly MessageRow[]): Promise<Tally>;
  /** Records superseded copies; returns the counts of those that are counted already. */
  supersede(tx: Transaction, brandId: string, rows: readonly MessageRow[]): Promise<Tally>;
  /** The tally of a verification's page without what earlier pages have shown. */
  shown(tally: Tally, repeated: readonly Tally[]): Tally;
  /** The tally of records that left quarantine: those that were taken, and copies that were already superseded. */
  released(taken: number, twice: number): Tally;
  /** Removes the duplicates of records that came both in a valid and in an invalid form. */
  removeDuplicates(tx: Transaction, brand: ImportedBrand, phase: string): Promise<void>;
}

/** Each record of a table is read once, and counted when it is read. */
const READINGS: RecordCounting = {
  repeats: false,
  once: (placements) => placements,
  standing: async () => NOTHING,
  async supersede(tx, brandId, rows) {
    await supersedeRows(tx, brandId, rows);
    return NOTHING;
  },
  shown: (tally) => tally,
  released: (taken) => released(taken),
  removeDuplicates: async () => undefined,
};

/** A dump may hold a record several times, and a changed file is read again: counts records instead of readings. */
const RECORDS: RecordCounting = {
  repeats: true,
  once: withoutRepeats,
  standing: (tx, brand, rows) => standingBefore(tx, brand.accountId, rows),
  supersede: async (tx, brandId, rows) => countedSums(await supersedeAgain(tx, brandId, rows)),
  shown: (tally, repeated) => repeated.reduce(minus, tally),
  released: (taken, twice) => released(taken + twice),
  removeDuplicates: removeDumpDuplicates,
};

export function countingOf({ dump }: ImportedBrand): RecordCounting {
  return dump ? RECORDS : READINGS;
}
