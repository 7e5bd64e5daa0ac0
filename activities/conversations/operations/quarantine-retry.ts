import pLimit from 'p-limit';
import type { Clock } from '../../../domain/engine/clock.js';
import { recordKey } from '../../../domain/conversations/records/quarantine-key.js';
import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import {
  GONE,
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../domain/conversations/records/quarantine-reasons.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import { getRecord } from '../../../gateways/dynamodb/records.js';
import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import {
  tallyPhase,
  noteReason,
  noteRecord,
  retryMessage,
  retryThread,
} from '../../../gateways/store/conversations/import/retry.js';
import type { RetryContext, RetryOutcome } from '../../../gateways/store/conversations/import/retry.js';
import { readApplied } from '../../../gateways/store/conversations/following/followed-keys.js';
import { Outdated, RefusedData } from '../../../gateways/store/sql/transaction.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import {
  messagesWithThread,
  quarantinedThreads,
} from '../../../gateways/store/conversations/quarantine/quarantine.js';
import type { QuarantinedWhole } from '../../../gateways/store/conversations/quarantine/quarantine.js';
import { mapMessages, resolveThreads } from '../import/import-messages.js';
import { mapThreads, refusalReason } from '../import/import-threads.js';
import type { SourceContext } from '../import/import-threads.js';
import { tableSource } from '../import/table-source.js';

export interface RetryCounts {
  readonly imported: number;
  /** Still refused, with the current reason. */
  readonly quarantined: number;
}

type Retrying = SourceContext & RetryContext;

/**
 * Reads quarantined records at the source again. Each record takes an import's path in a transaction of its own, so one that PostgreSQL refuses does
 * not block the others. A message takes its quarantined thread first.
 */
export class QuarantineRetry {
  readonly #contexts = new Map<string, Promise<ImportedBrand>>();
  #imported = 0;
  #refused = 0;

  constructor(
    private readonly pool: Pool,
    private readonly clock: Clock,
    private readonly tables: SourceTables,
    private readonly accountId: string,
    private readonly signal: AbortSignal,
  ) {}

  get counts(): RetryCounts {
    return { imported: this.#imported, quarantined: this.#refused };
  }

  async take(row: QuarantinedWhole): Promise<void> {
    this.signal.throwIfAborted();
    const outcome = await this.#retry(row);
    if (outcome === 'imported') this.#imported += 1;
    if (outcome === 'refused') this.#refused += 1;
  }

  /** Reads the record again if following has written anything meanwhile. */
  async #retry(row: QuarantinedWhole): Promise<RetryOutcome> {
    for (;;) {
      try {
        return await this.#retryOnce(row);
      } catch (error) {
        if (!(error instanceof Outdated)) throw error;
        this.signal.throwIfAborted();
      }
    }
  }

  async #retryOnce(row: QuarantinedWhole): Promise<RetryOutcome> {
    const context = await this.#contextOf(row);
    if (context === undefined) return 'settled';
    // The record's position in a dump is unknown. A verification with repair, which reads everything again, can take it.
    if (context.brand.dump) return 'refused';
    const key = recordKey(row.sourceTable, row, row.brandId);
    // Without a key the record cannot be read again; its recorded reason stays.
    if (key === undefined) return 'refused';
    const item = await getRecord(this.tables, row.sourceTable, key, this.signal);
    if (item?.['brand_id'] !== row.brandId) {
      await noteReason(this.pool, context, row.id, GONE);
      return 'refused';
    }
    try {
      return row.sourceTable === 'threads'
        ? await this.#takeThread(context, row, item)
        : await this.#takeMessage(context, row, item);
    } catch (error) {
      if (!(error instanceof RefusedData)) throw error;
      const { record } = quarantined(row.sourceTable, item, refusalReason(error.code), row.brandId);
      await noteRecord(this.pool, context, row.id, record);
      return 'refused';
    }
  }

  async #takeThread(context: Retrying, row: QuarantinedWhole, item: Item): Promise<RetryOutcome> {
    const batch = mapThreads(context, [item]);
    const [record] = batch.records;
    if (record) {
      await noteRecord(this.pool, context, row.id, record);
      return 'refused';
    }
    return retryThread(this.pool, context, row.id, batch);
  }

  async #takeMessage(context: Retrying, row: QuarantinedWhole, item: Item): Promise<RetryOutcome> {
    const mapped = mapMessages(context, [item]);
    const [record] = mapped.records;
    if (record) {
      await noteRecord(this.pool, context, row.id, record);
      return 'refused';
    }
    const threadIds = mapped.messages.map((message) => message.row.sourceThreadId);
    for (const thread of await quarantinedThreads(this.pool, context.brand.id, threadIds))
      await this.#retry(thread);
    const threads = await resolveThreads(context, mapped.messages, this.signal);
    return retryMessage(this.pool, context, row.id, { ...mapped, ...threads });
  }

  async #contextOf(row: QuarantinedWhole): Promise<Retrying | undefined> {
    const phase = await tallyPhase(this.pool, row.brandRowId, row.phase);
    if (phase === undefined) return undefined;
    let brand = this.#contexts.get(row.brandId);
    if (brand === undefined) {
      brand = findBrand(this.pool, { accountId: this.accountId, brandId: row.brandId });
      this.#contexts.set(row.brandId, brand);
    }
    const found = await brand;
    const { pool, clock } = this;
    const applied = await readApplied(pool, found.id);
    return { pool, clock, source: tableSource(this.tables, found), brand: found, phase, applied };
  }
}

const THREAD_WAS_MISSING = [NO_THREAD_RECORD, THREAD_NOT_TAKEN];
const PAGE = 100;
const AT_ONCE = 4;

/**
 * Takes a brand's messages out of quarantine whose thread has arrived since they were read; returns how many. None for a dump, whose next phase reads
 * such messages again.
 */
export async function retryMessagesWithThread(
  { pool, clock, tables }: { readonly pool: Pool; readonly clock: Clock; readonly tables: SourceTables },
  brand: ImportedBrand,
  signal: AbortSignal,
  beat: () => void,
): Promise<number> {
  if (brand.dump) return 0;
  const retry = new QuarantineRetry(pool, clock, tables, brand.accountSourceId, signal);
  const turns = pLimit(AT_ONCE);
  for (let after = '0'; ;) {
    const page = await messagesWithThread(pool, brand.id, {
      reasons: THREAD_WAS_MISSING,
      after,
      limit: PAGE,
    });
    await Promise.all(page.map((row) => turns(() => retry.take(row))));
    beat();
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return retry.counts.imported;
    after = last.id;
  }
}
