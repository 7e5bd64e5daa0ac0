import type pg from 'pg';
import { ask } from '../sql/ask.js';

/** What check-migration-status answers for one account, as the writer of statuses left it. */
export interface StatusDocument {
  readonly accountId: string;
  /** JSON text. */
  readonly document: string;
  /** Grows with every change. */
  readonly version: string;
  readonly changedAt: Date;
}

/** Reading it is a look at one row by its key: longer than this, and the store is not well. */
const TIMEOUT_MS = 3_000;

/** The documents of those accounts that have one, in no order. Throws StoreUnavailable. */
export async function readStatusDocuments(
  pool: pg.Pool,
  accountIds: readonly string[],
): Promise<StatusDocument[]> {
  const query = {
    name: 'status-documents',
    text: 'SELECT account_source_id, document, version, changed_at FROM status_documents WHERE account_source_id = ANY($1)',
    values: [accountIds],
    query_timeout: TIMEOUT_MS,
  };
  const rows = await ask<{
    account_source_id: string;
    document: string;
    version: string;
    changed_at: Date;
  }>(pool, query);
  return rows.map((row) => ({
    accountId: row.account_source_id,
    document: row.document,
    version: row.version,
    changedAt: row.changed_at,
  }));
}
