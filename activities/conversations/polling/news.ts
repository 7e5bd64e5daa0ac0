import { LRUCache } from 'lru-cache';
import { hintOfKey } from '../../../domain/conversations/following/hints.js';
import type { Hint } from '../../../domain/conversations/following/hints.js';
import { pollFrom, positionAfter } from '../../../domain/conversations/following/polling.js';
import type { SourceTable } from '../../../domain/conversations/records/rows.js';
import type { Clock } from '../../../domain/engine/clock.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import { queryNewer } from '../../../gateways/dynamodb/polling/newer-keys.js';
import type { NewerKey } from '../../../gateways/dynamodb/polling/newer-keys.js';
import type { Cursor } from '../../../gateways/dynamodb/ranges.js';
import type { ReadBudget } from './read-budget.js';
import type { SeenKeys } from './seen-keys.js';

/** The new records of the next page of a brand's index. */
export interface News {
  readonly hints: readonly Hint[];
  /** The position once the hints are applied. */
  readonly position: Date;
  /** When the pass began, if this page ends it. */
  readonly passed: Date | undefined;
  /** Called once the hints are applied or stored: they are no longer news. */
  settle(): void;
}

export interface NewsSource {
  readonly tables: SourceTables;
  readonly table: SourceTable;
  readonly budget: ReadBudget;
  readonly seen: SeenKeys;
  readonly clock: Clock;
  /** Keys per page; default 300. */
  readonly pageKeys?: number | undefined;
}

/** One reading of a brand's index, from a little before the position to the end. */
interface Pass {
  readonly began: Date;
  readonly from: string;
  readonly cursor: Cursor | undefined;
  /** The keys that the next pass will read again, in ascending order. */
  readonly keys: Set<string>;
}

/** Larger pages would exceed a small budget at once. */
const PAGE_KEYS = 300;
/** A pass that finds more in 15 minutes does not remember the rest. */
const MOST_KEYS_OF_PASS = 50_000;

/** Limits of all open passes together. A pass that is evicted begins anew. */
const PASSES = { max: 1_000, maxSize: 100_000, sizeCalculation: ({ keys }: Pass) => 1 + keys.size };

/** Reads an index by time for news, page by page for each brand. */
export class NewsReader {
  readonly #passes = new LRUCache<string, Pass>(PASSES);

  constructor(private readonly source: NewsSource) {}

  /** Reads the brand's next page, of a new pass after the last one has ended. Throws CarryoverError (Source…), or the signal's reason. */
  async read(brandId: string, position: Date, signal: AbortSignal): Promise<News> {
    const { tables, table, budget, pageKeys: limit = PAGE_KEYS } = this.source;
    const passing = this.#passes.get(brandId);
    const page = await budget.spend(async () => {
      // Time may pass until the budget allows it.
      const pass = passing ?? this.#newPass(position);
      const query = { brandId, from: pass.from, cursor: pass.cursor, limit };
      return { pass, ...(await queryNewer(tables, table, query, signal)) };
    }, signal);
    const { pass, keys, next } = page;
    const after = positionAfter(
      position,
      keys.map(({ rangeKey }) => rangeKey),
      pass.began,
    );
    return {
      hints: keys
        .filter((key) => !this.#isKnown(brandId, pass, key))
        .map((key) => hintOfKey(table, brandId, key)),
      position: after,
      passed: next === undefined ? pass.began : undefined,
      settle: () => this.#settle(brandId, { ...pass, cursor: next }, keys, after),
    };
  }

  #newPass(position: Date): Pass {
    const began = new Date(this.source.clock.now());
    return { began, from: pollFrom(position), cursor: undefined, keys: new Set() };
  }

  #isKnown(brandId: string, pass: Pass, key: NewerKey): boolean {
    const text = textOf(key);
    return pass.keys.has(text) || this.source.seen.has(brandId, text);
  }

  #settle(brandId: string, pass: Pass, read: readonly NewerKey[], position: Date): void {
    const { keys } = pass;
    for (const key of read) keys.add(textOf(key));
    const again = pollFrom(position);
    for (const key of keys) {
      if (key >= again && keys.size <= MOST_KEYS_OF_PASS) break;
      keys.delete(key);
    }
    if (pass.cursor !== undefined) {
      this.#passes.set(brandId, pass);
      return;
    }
    this.#passes.delete(brandId);
    this.source.seen.replace(brandId, keys);
  }
}

/** Sorts like the index, and is unique for each key, whatever characters it has. */
function textOf({ rangeKey, threadId }: NewerKey): string {
  return `${rangeKey}\0${threadId}\0${rangeKey.length}`;
}
