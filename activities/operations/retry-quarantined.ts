import { Context } from '@temporalio/activity';
import pLimit from 'p-limit';
import { recordKey } from '../../domain/conversations/quarantine-key.js';
import { quarantined } from '../../domain/conversations/quarantine.js';
import type { SourceTables } from '../../gateways/dynamodb/client.js';
import type { Item } from '../../gateways/dynamodb/items.js';
import { getRecord } from '../../gateways/dynamodb/records.js';
import { haveAttachmentsFetched } from '../../gateways/store/brands-to-fetch.js';
import { findBrand } from '../../gateways/store/bulk/brand.js';
import type { ImportedBrand } from '../../gateways/store/bulk/brand.js';
import {
  bookPhase,
  noteReason,
  noteRecord,
  retryMessage,
  retryThread,
} from '../../gateways/store/bulk/retry.js';
import type { RetryOutcome } from '../../gateways/store/bulk/retry.js';
import { RefusedData } from '../../gateways/store/bulk/transaction.js';
import { inTransaction } from '../../gateways/store/connect.js';
import type { Store } from '../../gateways/store/connect.js';
import { nextQuarantined, placeOf, quarantinedThreads } from '../../gateways/store/quarantine.js';
import type { QuarantinedWhole } from '../../gateways/store/quarantine.js';
import type { CodeVersion } from '../conversations/verification/calls.js';
import { mapMessages, resolveThreads } from '../conversations/import-messages.js';
import { MESSAGES } from '../conversations/slice-sources.js';
import { mapThreads, refusalReason } from '../conversations/import-threads.js';
import type { SourceContext } from '../conversations/import-threads.js';
import { tableSource } from '../conversations/table-source.js';
import { checkAgain } from './check-again.js';
import type { OperationImports, QuarantineRetryInput, QuarantineRetryProgress } from './types.js';

export interface RetryQuarantinedDependencies {
  readonly store: Store;
  readonly code: CodeVersion;
  readonly tables: SourceTables;
  readonly options?: { readonly durationMs?: number; readonly page?: number } | undefined;
}

const MINUTE = 60_000;
const PAGE = 100;
const AT_ONCE = 4;

export const GONE = 'the source no longer has it under this brand';

/**
 * Reads quarantined records at the source again, threads first, and each takes the way that an import takes. A message whose thread
 * is in quarantine brings that first. Each record has a transaction of its own: one that PostgreSQL refuses holds up no other, and
 * a second call finds those that were taken no longer in quarantine. When all are read, attachments are
 * fetched, and what was checked is checked again.
 */
export function createRetryQuarantined({
  store,
  code,
  tables,
  options = {},
}: RetryQuarantinedDependencies): OperationImports['retryQuarantined'] {
  const { pool } = store;
  return async ({ accountId, records, after: from }: QuarantineRetryInput) => {
    const activity = Context.current();
    const { cancellationSignal: signal } = activity;
    const limit = options.page ?? PAGE;
    const until = Date.now() + (options.durationMs ?? MINUTE);
    const retry = new QuarantineRetry(pool, tables, accountId, signal);
    let after = from;
    for (;;) {
      const page = await nextQuarantined(pool, accountId, { records, after, limit });
      for (const table of ['threads', 'messages'] as const) {
        const turns = pLimit(AT_ONCE);
        const rows = page.filter((row) => row.sourceTable === table);
        await Promise.all(rows.map((row) => turns(() => retry.take(row))));
      }
      activity.heartbeat();
      const last = page.at(-1);
      if (last === undefined || page.length < limit) {
        await inTransaction(store, (tx) => haveAttachmentsFetched(tx, accountId));
        await checkAgain({ store, code }, accountId, () => {
          activity.heartbeat();
          signal.throwIfAborted();
        });
        return retry.counts;
      }
      after = placeOf(last);
      if (Date.now() >= until || signal.aborted) return { ...retry.counts, after };
    }
  };
}

class QuarantineRetry {
  readonly #contexts = new Map<string, Promise<ImportedBrand>>();
  #imported = 0;
  #refused = 0;

  constructor(
    private readonly pool: Store['pool'],
    private readonly tables: SourceTables,
    private readonly accountId: string,
    private readonly signal: AbortSignal,
  ) {}

  get counts(): QuarantineRetryProgress {
    return { imported: this.#imported, quarantined: this.#refused };
  }

  async take(row: QuarantinedWhole): Promise<void> {
    this.signal.throwIfAborted();
    const outcome = await this.#retry(row);
    if (outcome === 'imported') this.#imported += 1;
    if (outcome === 'refused') this.#refused += 1;
  }

  async #retry(row: QuarantinedWhole): Promise<RetryOutcome> {
    const context = await this.#contextOf(row);
    if (context === undefined) return 'settled';
    // Where it lies in a dump nobody knows: it takes a verification that repairs, which reads everything again.
    if (context.brand.dump) return 'refused';
    const key = recordKey(row.sourceTable, row, row.brandId);
    // Nothing is kept that would tell where it lies: what was found out about it stands.
    if (key === undefined) return 'refused';
    const item = await getRecord(this.tables, row.sourceTable, key, this.signal);
    if (item?.['brand_id'] !== row.brandId) {
      await noteReason(this.pool, row.id, GONE);
      return 'refused';
    }
    try {
      return row.sourceTable === 'threads'
        ? await this.#takeThread(context, row, item)
        : await this.#takeMessage(context, row, item);
    } catch (error) {
      if (!(error instanceof RefusedData)) throw error;
      const { record } = quarantined(row.sourceTable, item, refusalReason(error.code), row.brandId);
      await noteRecord(this.pool, row.id, record);
      return 'refused';
    }
  }

  async #takeThread(context: SourceContext, row: QuarantinedWhole, item: Item): Promise<RetryOutcome> {
    const batch = mapThreads(context, [item]);
    const [record] = batch.records;
    if (record) {
      await noteRecord(this.pool, row.id, record);
      return 'refused';
    }
    return retryThread(this.pool, context, row.id, batch, row.phase === context.phase);
  }

  async #takeMessage(context: SourceContext, row: QuarantinedWhole, item: Item): Promise<RetryOutcome> {
    const mapped = mapMessages(context, [item]);
    const [record] = mapped.records;
    if (record) {
      await noteRecord(this.pool, row.id, record);
      return 'refused';
    }
    const threadIds = mapped.messages.map((message) => message.row.sourceThreadId);
    for (const thread of await quarantinedThreads(this.pool, context.brand.id, threadIds))
      await this.#retry(thread);
    const threads = await resolveThreads(context, mapped.messages, this.signal);
    return retryMessage(this.pool, context, row.id, { ...mapped, ...threads }, MESSAGES);
  }

  async #contextOf(row: QuarantinedWhole): Promise<SourceContext | undefined> {
    const phase = await bookPhase(this.pool, row.brandRowId, row.phase);
    if (phase === undefined) return undefined;
    let brand = this.#contexts.get(row.brandId);
    if (brand === undefined) {
      brand = findBrand(this.pool, { accountId: this.accountId, brandId: row.brandId });
      this.#contexts.set(row.brandId, brand);
    }
    const found = await brand;
    return { pool: this.pool, source: tableSource(this.tables, found), brand: found, phase };
  }
}
