import type { StoreTransaction } from './connect.js';

const AUDITED_ACTIONS = [
  'start',
  'pause',
  'resume',
  'cancel',
  'retry',
  'reset',
  'retry-attachments',
  'retry-quarantined',
  'verify',
  'repair',
] as const;
export type AuditedAction = (typeof AUDITED_ACTIONS)[number];

export interface AuditEntry {
  readonly accountId: string;
  /** The token's `sub`. */
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly remoteAddress: string | null;
}

export interface RecordedAuditEntry extends AuditEntry {
  readonly id: string;
  readonly at: Date;
}

/** Written in the transaction of what it tells of: neither happens without the other. */
export async function addAuditEntry(
  tx: StoreTransaction,
  entry: AuditEntry & { readonly action: AuditedAction },
): Promise<void> {
  const { accountId, ...rest } = entry;
  await tx.auditEntry.create({ data: { accountSourceId: accountId, ...rest } });
}

/** Newest first; `before` is the id of an entry, which and everything newer is left out. */
export async function listAuditEntries(
  tx: StoreTransaction,
  filter: { readonly accountId?: string; readonly before?: string; readonly limit: number },
): Promise<RecordedAuditEntry[]> {
  const rows = await tx.auditEntry.findMany({
    where: {
      ...(filter.accountId === undefined ? {} : { accountSourceId: filter.accountId }),
      ...(filter.before === undefined ? {} : { id: { lt: BigInt(filter.before) } }),
    },
    orderBy: { id: 'desc' },
    take: filter.limit,
  });
  return rows.map(({ id, at, accountSourceId, actor, role, action, remoteAddress }) => ({
    id: String(id),
    at,
    accountId: accountSourceId,
    actor,
    role,
    action,
    remoteAddress,
  }));
}
