import { listAuditEntries, type RecordedAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { storeError } from '../../../gateways/store/sql/errors.js';
import { readCursor } from '../../http/cursors.js';
import { type Page, pageOf } from '../../http/pages.js';
import { DEFAULT_LIMIT } from '../../schemas/common.js';
import type { ApiKind } from '../kind.js';

export interface AuditQuery {
  readonly key?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of the audit, of one migration or of all, newest first. Throws Problem 400; 404 for an unknown migration; StoreUnavailable. */
export async function auditPage(
  store: Store,
  kind: ApiKind,
  { key, cursor, limit = DEFAULT_LIMIT }: AuditQuery,
): Promise<Page<RecordedAuditEntry>> {
  const before = cursor === undefined ? undefined : readCursor(cursor, [/^\d{1,18}$/])[0];
  const found = await listAuditEntries(store, {
    ...(key === undefined ? {} : { migration: { kind: kind.name, subject: key } }),
    ...(before === undefined ? {} : { before }),
    limit: limit + 1,
  }).catch((error: unknown) => {
    throw storeError(error);
  });
  if (found.length === 0 && key !== undefined) await kind.assertKnown(key);
  return pageOf(found, limit, ({ id }) => [id]);
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
