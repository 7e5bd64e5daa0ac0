import { CONVERSATIONS, migrationOf } from '../../../../domain/conversations/migration.js';
import sql from 'sql-template-tag';
import type { Sql } from 'sql-template-tag';
import type { Transaction } from '../../sql/transaction.js';
import { announceStatus, writeStatusDocuments } from '../../migrations/status-documents.js';
import type { StatusDraft } from './status-draft.js';
import { member, statusText } from './status-text.js';

/** Writes whole documents, from drafts with all brands. Returns the accounts whose document changed, which are notified. */
export function writeDocuments(
  tx: Transaction,
  drafts: readonly StatusDraft[],
): Promise<ReadonlySet<string>> {
  return writeStatusDocuments(
    tx,
    CONVERSATIONS,
    drafts.map((draft) => ({ subject: draft.accountId, document: statusText(draft), tally: draft.tally })),
  );
}

/** A changed member of the document. */
export interface MemberChange {
  readonly of: 'brands' | 'channels';
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** The document may lack it, because it was created in this transaction. */
  readonly isNew: boolean;
}

/** Undefined if members were added or removed, or their order changed in a way that a patch cannot express. */
export function membersChanged(
  draft: StatusDraft,
  before: ReadonlyMap<object, unknown>,
): readonly MemberChange[] | undefined {
  const brands = draft.brands.map((row) => ({
    row,
    of: 'brands' as const,
    id: row.brandId,
    rowId: row.rowId,
  }));
  const channels = draft.brands
    .flatMap((brand) => brand.channels)
    .map((row) => ({ row, of: 'channels' as const, id: row.channelId, rowId: row.rowId }))
    .toSorted((a, b) => (a.rowId < b.rowId ? -1 : 1));
  const changes: MemberChange[] = [];
  for (const { row, of, id } of [...brands, ...channels]) {
    const was = before.get(row) as Placed | undefined;
    const is = row.migration;
    if (was === is) continue;
    const isNew = was === undefined;
    if ((was?.withdrawn === true) !== (is?.withdrawn === true) || (isNew && of === 'brands'))
      return undefined;
    const [from, to] = [was?.status ?? 'none', is?.status ?? 'none'];
    if (is?.withdrawn !== true && (isNew || from !== to)) changes.push({ of, id, from, to, isNew });
  }
  return changes;
}

interface Placed {
  readonly status: string;
  readonly withdrawn?: boolean;
}

/** Each change scans the document once. */
export const CHANGES_AT_ONCE = 20;

/**
 * Changes these members and the account's status in place, so that the document need not be transferred: an account of ten thousand brands has one of
 * a megabyte. False if the document is not as expected and must be written as a whole.
 *
 * The search text (`,"id":"status"`) can match only that member: an unescaped quote in JSON begins or ends a string, and no status begins like the
 * rest of an id. The same holds for the separators of brands and channels.
 */
export async function patchDocument(
  tx: Transaction,
  draft: StatusDraft,
  changes: readonly MemberChange[],
): Promise<boolean> {
  const written = await tx.run`
    UPDATE carryover.status_documents AS held
    SET document = next.document, version = held.version + 1, changed_at = clock_timestamp(),
      tally = ${JSON.stringify(draft.tally)}::jsonb, tally_version = held.version + 1
    FROM (
      SELECT '{"status":' || ${JSON.stringify(draft.status())}::text || ',"brands":{' || substr(brands.text, 2) || '},"channels":{'
        || substr(channels.text, 2) || '}}' AS document
      FROM (SELECT document, strpos(document, ',"brands":{') AS b, strpos(document, '},"channels":{') AS c
          FROM (SELECT document || '' AS document FROM carryover.status_documents
            WHERE kind = ${CONVERSATIONS} AND subject = ${draft.accountId} OFFSET 0) AS read
          OFFSET 0) AS at,
        LATERAL (${patched(
          sql`substr(at.document, at.b + 11, at.c - at.b - 11)`,
          changes.filter((change) => change.of === 'brands'),
        )}) AS brands,
        LATERAL (${patched(
          sql`substr(at.document, at.c + 14, length(at.document) - at.c - 15)`,
          changes.filter((change) => change.of === 'channels'),
        )}) AS channels
      OFFSET 0
    ) AS next
    WHERE held.kind = ${CONVERSATIONS} AND held.subject = ${draft.accountId} AND next.document IS NOT NULL`;
  if (written === 0) return false;
  await announceStatus(tx, migrationOf(draft.accountId));
  return true;
}

/**
 * Members, each preceded by a comma, after all changes in turn; null if one is missing. OFFSET 0 makes PostgreSQL compute each step once and
 * decompress the document once.
 */
function patched(members: Sql, changes: readonly MemberChange[]): Sql {
  const start = sql`SELECT CASE WHEN ${members} = '' THEN '' ELSE ',' || ${members} END AS text OFFSET 0`;
  return changes.reduce((inner, { id, from, to, isNew }) => {
    const old = `,${member(id, from)}`;
    const next = `,${member(id, to)}`;
    const otherwise = isNew ? sql`step.text || ${next}::text` : sql`NULL`;
    return sql`
      SELECT CASE WHEN step.at > 0 THEN overlay(step.text PLACING ${next}::text FROM step.at FOR length(${old}::text)) ELSE ${otherwise} END AS text
      FROM (SELECT text, strpos(text, ${old}::text) AS at FROM (${inner}) AS before OFFSET 0) AS step OFFSET 0`;
  }, start);
}
