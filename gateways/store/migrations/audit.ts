import type { Store } from '../sql/connect.js';
import type { Transaction } from '../sql/transaction.js';
import { jsonText } from '../sql/json-text.js';

const AUDITED_ACTIONS = [
  'start',
  'pause',
  'resume',
  'cancel',
  'retry',
  'reset',
  'retry-attachments',
  'retry-quarantined',
  'export-quarantined',
  'waive-quarantined',
  'revoke-waivers',
  'verify',
  'repair',
  'read-quarantined',
  'decode-payloads',
] as const;
export type AuditedAction = (typeof AUDITED_ACTIONS)[number];

export interface AuditEntry {
  /** Empty where it is about no single account. */
  readonly accountId: string;
  /** The token's `sub`. */
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly remoteAddress: string | null;
  /** What more is to be known of it: counts, choices, a reason. */
  readonly details?: AuditDetails | undefined;
}

/** Who does something, as the audit keeps it. */
export type AuditActor = Pick<AuditEntry, 'actor' | 'role' | 'remoteAddress'>;

export type AuditDetails = Readonly<Record<string, string | number | boolean>>;

export interface RecordedAuditEntry extends AuditEntry {
  readonly id: string;
  readonly at: Date;
  /** How often the same was asked for with no effect of its own, the first time included. */
  readonly times: number;
  /** The latest of them; undefined where there was one alone. */
  readonly lastAt: Date | undefined;
}

type NewAuditEntry = AuditEntry & { readonly action: AuditedAction };

/** Written in the transaction of what it tells of: neither happens without the other. */
export async function addAuditEntry(tx: Transaction, entry: NewAuditEntry): Promise<void> {
  await addAuditEntries(tx, [entry]);
}

/**
 * The same for several accounts, one entry each. One that `isRepeated`, since it had no effect of its own, is counted on the account's
 * latest entry where that is the same of the same actor.
 */
export async function addAuditEntries(
  tx: Transaction,
  entries: readonly (NewAuditEntry & { readonly isRepeated?: boolean })[],
): Promise<void> {
  const repeated = entries.filter(({ isRepeated }) => isRepeated === true);
  const counted = repeated.length === 0 ? new Set<string>() : await countRepeated(tx, repeated);
  const fresh = entries.filter(({ accountId }) => !counted.has(accountId));
  if (fresh.length === 0) return;
  const told = fresh.map(({ accountId, actor, role, action, remoteAddress, details }) => ({
    accountId,
    actor,
    role,
    action,
    remoteAddress,
    details,
  }));
  await tx.run`
    INSERT INTO audit_entries (at, account_source_id, actor, role, action, remote_address, details)
    SELECT clock_timestamp(), "accountId", actor, role, action, "remoteAddress", details
    FROM jsonb_to_recordset(${jsonText(told)}::jsonb)
      AS told ("accountId" text, actor text, role text, action text, "remoteAddress" text, details jsonb)`;
}

/** Answers the accounts whose latest entry was the same. */
async function countRepeated(tx: Transaction, entries: readonly AuditEntry[]): Promise<Set<string>> {
  const told = entries.map(({ accountId, actor, role, action, remoteAddress }) => ({
    accountId,
    actor,
    role,
    action,
    remoteAddress,
  }));
  const rows = await tx.rows<{ id: string }>`
    UPDATE audit_entries AS held SET times = held.times + 1, last_at = clock_timestamp()
    FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb)
        AS told ("accountId" text, actor text, role text, action text, "remoteAddress" text),
      LATERAL (SELECT id FROM audit_entries a
        WHERE a.account_source_id = told."accountId" ORDER BY a.id DESC LIMIT 1) AS latest
    WHERE held.id = latest.id AND held.action = told.action AND held.actor = told.actor AND held.role = told.role
      AND held.remote_address IS NOT DISTINCT FROM told."remoteAddress"
    RETURNING told."accountId" AS id`;
  return new Set(rows.map(({ id }) => id));
}

/** Newest first; `before` is the id of an entry, which and everything newer is left out. */
export async function listAuditEntries(
  { prisma }: Store,
  filter: { readonly accountId?: string; readonly before?: string; readonly limit: number },
): Promise<RecordedAuditEntry[]> {
  const rows = await prisma.auditEntry.findMany({
    where: {
      ...(filter.accountId === undefined ? {} : { accountSourceId: filter.accountId }),
      ...(filter.before === undefined ? {} : { id: { lt: BigInt(filter.before) } }),
    },
    orderBy: { id: 'desc' },
    take: filter.limit,
  });
  return rows.map(
    ({ id, at, accountSourceId, actor, role, action, remoteAddress, times, lastAt, details }) => ({
      id: String(id),
      at,
      accountId: accountSourceId,
      actor,
      role,
      action,
      remoteAddress,
      times,
      lastAt: lastAt ?? undefined,
      ...(details === null ? {} : { details: details as AuditDetails }),
    }),
  );
}
