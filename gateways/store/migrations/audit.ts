import { type MigrationRef, migrationKey } from '../../../domain/engine/migration-ref.js';
import type { Store } from '../sql/connect.js';
import type { Transaction } from '../sql/transaction.js';
import { jsonText } from '../sql/json-text.js';

export const AUDITED_ACTIONS = [
  'start',
  'pause',
  'resume',
  'cancel',
  'undo',
  'retry',
  'reset',
  'retry-attachments',
  'retry-quarantined',
  'export-quarantined',
  'waive-quarantined',
  'revoke-waivers',
  'verify',
  'repair',
  'finish',
  'read-quarantined',
  'decode-payloads',
  'create-wave',
  'pause-wave',
  'resume-wave',
  'cancel-wave',
  'sign-in',
  'sign-out',
] as const;
export type AuditedAction = (typeof AUDITED_ACTIONS)[number];

export interface AuditEntry {
  /** Undefined if the entry concerns no single migration. */
  readonly migration: MigrationRef | undefined;
  /** The token's `sub`. */
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly remoteAddress: string | null;
  /** Further facts: counts, choices, a reason. */
  readonly details?: AuditDetails | undefined;
}

/** Who acts, as the audit records it. */
export type AuditActor = Pick<AuditEntry, 'actor' | 'role' | 'remoteAddress'>;

export type AuditDetails = Readonly<Record<string, string | number | boolean>>;

export interface RecordedAuditEntry extends AuditEntry {
  readonly id: string;
  readonly at: Date;
  /** How often the same action was requested without an effect of its own, including the first time. */
  readonly times: number;
  /** When it was last requested; undefined if it was requested once. */
  readonly lastAt: Date | undefined;
}

type NewAuditEntry = AuditEntry & { readonly action: AuditedAction };

/** Must be written in the transaction of the change that it records. */
export async function addAuditEntry(tx: Transaction, entry: NewAuditEntry): Promise<void> {
  await addAuditEntries(tx, [entry]);
}

/**
 * Adds one entry for each of several migrations. An entry that `isRepeated`, because it had no effect of its own, increases the count of the
 * migration's latest entry if that is the same action of the same actor.
 */
export async function addAuditEntries(
  tx: Transaction,
  entries: readonly (NewAuditEntry & { readonly isRepeated?: boolean })[],
): Promise<void> {
  const repeated = entries.filter(({ isRepeated }) => isRepeated === true);
  const counted = repeated.length === 0 ? new Set<string>() : await countRepeated(tx, repeated);
  const fresh = entries.filter(({ migration }) => !counted.has(migrationKey(migration ?? NO_MIGRATION)));
  if (fresh.length === 0) return;
  await tx.run`
    INSERT INTO carryover.audit_entries (at, kind, subject, actor, role, action, remote_address, details)
    SELECT clock_timestamp(), kind, subject, actor, role, action, "remoteAddress", details
    FROM jsonb_to_recordset(${recordset(fresh)}::jsonb)
      AS entry (kind text, subject text, actor text, role text, action text, "remoteAddress" text, details jsonb)`;
}

/** Counts repeated entries; returns the keys of the migrations whose latest entry was the same. */
async function countRepeated(tx: Transaction, entries: readonly AuditEntry[]): Promise<Set<string>> {
  const rows = await tx.rows<MigrationRef>`
    UPDATE carryover.audit_entries AS held SET times = held.times + 1, last_at = clock_timestamp()
    FROM jsonb_to_recordset(${recordset(entries)}::jsonb)
        AS entry (kind text, subject text, actor text, role text, action text, "remoteAddress" text),
      LATERAL (SELECT id FROM carryover.audit_entries a
        WHERE a.kind = entry.kind AND a.subject = entry.subject ORDER BY a.id DESC LIMIT 1) AS latest
    WHERE held.id = latest.id AND held.action = entry.action AND held.actor = entry.actor AND held.role = entry.role
      AND held.remote_address IS NOT DISTINCT FROM entry."remoteAddress"
    RETURNING entry.kind, entry.subject`;
  return new Set(rows.map(migrationKey));
}

const NO_MIGRATION: MigrationRef = { kind: '', subject: '' };

function recordset(entries: readonly AuditEntry[]): string {
  return jsonText(
    entries.map(({ migration = NO_MIGRATION, actor, role, action, remoteAddress, details }) => ({
      kind: migration.kind,
      subject: migration.subject,
      actor,
      role,
      action,
      remoteAddress,
      details,
    })),
  );
}

export interface AuditFilter {
  readonly kind?: string | undefined;
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** From then on. */
  readonly from?: Date | undefined;
  /** Before then. */
  readonly to?: Date | undefined;
  /** The id of an entry: only older ones. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Newest first. */
export async function listAuditEntries(
  { prisma }: Pick<Store, 'prisma'>,
  { before, limit, from, to, ...equal }: AuditFilter,
): Promise<RecordedAuditEntry[]> {
  const rows = await prisma.auditEntry.findMany({
    where: {
      ...definedOf(equal),
      ...(before === undefined ? {} : { id: { lt: BigInt(before) } }),
      ...(from === undefined && to === undefined ? {} : { at: definedOf({ gte: from, lt: to }) }),
    },
    orderBy: { id: 'desc' },
    take: limit,
  });
  return rows.map(
    ({ id, at, kind, subject, actor, role, action, remoteAddress, times, lastAt, details }) => ({
      id: String(id),
      at,
      migration: kind === '' ? undefined : { kind, subject },
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

/** Without members that are undefined, which the typed client refuses. */
function definedOf<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
