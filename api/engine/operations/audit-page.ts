import type { RecordedAuditEntry } from '../../../gateways/store/migrations/audit.js';
import { readCursor } from '../../cursors.js';
import { type Page, pageOf } from '../../pages.js';
import { DEFAULT_LIMIT } from '../../schemas/common.js';
import type { ApiKind } from '../kind.js';

export interface AuditQuery {
  readonly key?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of who did what, newest first. Throws Problem 400; 404 for a migration that is not there. */
export async function auditPage(
  { audit, assertKnown }: Pick<ApiKind, 'audit' | 'assertKnown'>,
  { key, cursor, limit = DEFAULT_LIMIT }: AuditQuery,
): Promise<Page<RecordedAuditEntry>> {
  const before = cursor === undefined ? undefined : readCursor(cursor, [/^\d{1,18}$/])[0];
  const found = await audit({ key, before, limit: limit + 1 });
  if (found.length === 0 && key !== undefined) await assertKnown(key);
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
