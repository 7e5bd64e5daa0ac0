import {
  type AuditFilter,
  listAuditEntries,
  type RecordedAuditEntry,
} from '../../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import { storeError } from '../../../../gateways/store/sql/errors.js';
import { readCursor } from '../../../http/cursors.js';
import { type Page, pageOf } from '../../../http/pages.js';
import { DEFAULT_LIMIT } from '../../../schemas/common.js';
import type { ApiKind } from '../../kind.js';

export interface AuditQuery extends Omit<AuditFilter, 'before' | 'limit'> {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of the audit, newest first. Throws Problem 400; StoreUnavailable. */
export async function auditPage(
  store: Store,
  { cursor, limit = DEFAULT_LIMIT, ...filter }: AuditQuery,
): Promise<Page<RecordedAuditEntry>> {
  const before = cursor === undefined ? undefined : readCursor(cursor, [/^\d{1,18}$/])[0];
  const found = await listAuditEntries(store, { ...filter, before, limit: limit + 1 }).catch(
    (error: unknown) => {
      throw storeError(error);
    },
  );
  return pageOf(found, limit, ({ id }) => [id]);
}

/** A page of one migration's audit. Throws Problem 400; 404 for an unknown migration; StoreUnavailable. */
export async function migrationAuditPage(
  store: Store,
  kind: ApiKind,
  key: string,
  query: Pick<AuditQuery, 'cursor' | 'limit'>,
): Promise<Page<RecordedAuditEntry>> {
  const found = await auditPage(store, { ...query, kind: kind.name, subject: key });
  if (found.page.length === 0) await kind.assertKnown(key);
  return found;
}

export function auditView(entry: RecordedAuditEntry) {
  const { id, at, actor, role, action, remoteAddress, times, lastAt, details } = entry;
  return {
    id,
    at: at.toISOString(),
    actor,
    role,
    action,
    remote_address: remoteAddress,
    times,
    last_at: lastAt?.toISOString() ?? null,
    details: details ?? null,
  };
}
