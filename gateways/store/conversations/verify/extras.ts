import { SAMPLES } from '../../../../domain/engine/verification.js';
import type { ComparedTable, Finding } from '../../../../domain/engine/verification.js';
import { attachmentsOfBrand } from '../attachments/attachment-states.js';
import type { Transaction } from '../../sql/transaction.js';
import type { Turn } from './turns.js';

export function unmarked(kind: string, key: string): string {
  return `NOT ${marked(kind, key)}`;
}

/** OFFSET makes PostgreSQL look each mark up by its key; with statistics older than the marks it may scan all of them instead. */
export function marked(kind: string, key: string): string {
  return `EXISTS (SELECT FROM carryover.verification_marks k WHERE k.verification_id = $2 AND k.brand_id = $1 AND k.kind = '${kind}'
    AND k.row_key = ${key} COLLATE "C" OFFSET 0)`;
}

/** SQL: rows of the brand that the source has not shown. `id` and `key` are those of a sample. */
const EXTRA: Readonly<Partial<Record<ComparedTable, string>>> = {
  messages: `
    SELECT m.source_id AS id, m.source_thread_id || '/' || m.source_key AS key
    FROM messages m JOIN message_threads t ON t.id = m.thread_id AND t.brand_id = $1
    WHERE ${unmarked('message', 'm.id::text')} AND ${unmarked('moved-message', 'm.id::text')}`,
  threads: `
    SELECT s.source_id AS id, NULL::text AS key
    FROM thread_sources s JOIN message_threads t ON t.id = s.thread_id AND t.brand_id = $1
    WHERE ${unmarked('thread', 's.source_id')} AND ${unmarked('moved-thread', 's.source_id')}`,
  quarantined_records: `
    SELECT q.source_id AS id, q.source_key AS key FROM quarantined_records q
    WHERE q.brand_id = $1 AND ${unmarked('quarantined', 'q.id::text')} AND ${unmarked('moved-quarantined', 'q.id::text')}`,
  superseded_copies: `
    SELECT c.source_id AS id, c.source_key AS key FROM carryover.superseded_copies c
    WHERE c.brand_id = $1 AND ${unmarked('superseded', 'c.id::text')} AND ${unmarked('moved-superseded', 'c.id::text')}`,
  // Only attachments without a message: others are compared with their message. A missing message explains its own attachments.
  attachments: `
    SELECT a.source_id AS id, NULL::text AS key
    FROM (${attachmentsOfBrand('$1')}) of_brand CROSS JOIN LATERAL (SELECT (attachment).*) a
    WHERE NOT EXISTS (SELECT FROM messages m WHERE m.id = a.message_id)
      AND ${unmarked('lost', "(a.source_id || E'\\n' || a.source_url)")}`,
};

/** SQL: rows of the brand that the source has shown under another brand of the account. */
const MOVED: Readonly<Partial<Record<ComparedTable, string>>> = {
  messages: `
    SELECT m.source_id AS id, m.source_thread_id || '/' || m.source_key AS key
    FROM carryover.verification_marks k JOIN messages m ON m.id = k.row_key::bigint
    JOIN message_threads t ON t.id = m.thread_id AND t.brand_id = $1
    WHERE k.verification_id = $2 AND k.brand_id = $1 AND k.kind = 'moved-message' AND ${unmarked('message', 'm.id::text')}`,
  threads: `
    SELECT s.source_id AS id, NULL::text AS key
    FROM carryover.verification_marks k JOIN thread_sources s ON s.source_id = k.row_key
    JOIN message_threads t ON t.id = s.thread_id AND t.brand_id = $1
    WHERE k.verification_id = $2 AND k.brand_id = $1 AND k.kind = 'moved-thread' AND ${unmarked('thread', 's.source_id')}`,
  quarantined_records: `
    SELECT q.source_id AS id, q.source_key AS key FROM quarantined_records q
    WHERE q.brand_id = $1 AND ${marked('moved-quarantined', 'q.id::text')} AND ${unmarked('quarantined', 'q.id::text')}`,
  superseded_copies: `
    SELECT c.source_id AS id, c.source_key AS key FROM carryover.superseded_copies c
    WHERE c.brand_id = $1 AND ${marked('moved-superseded', 'c.id::text')} AND ${unmarked('superseded', 'c.id::text')}`,
};

/**
 * Finds what the store holds of the brand but the source does not have there, with samples: records that are gone, and records that are now under
 * another brand of the account. Searches messages only if there are extra ones.
 */
export async function findExtras(
  tx: Transaction,
  turn: Turn,
  extraMessages: number,
  beat: () => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const sought = [
    ...entriesOf(EXTRA).map(([table, rows]) => ({ table, rows, difference: 'extra' as const, fields: [] })),
    ...entriesOf(MOVED).map(([table, rows]) => ({
      table,
      rows,
      difference: 'different' as const,
      fields: ['brand'],
    })),
  ];
  for (const { table, rows, difference, fields } of sought) {
    if (table === 'messages' && extraMessages === 0) continue;
    const { rows: found } = await tx.query<{ id: string | null; key: string | null; count: string }>(
      `SELECT id, key, count(*) OVER () AS count FROM (${rows}) extra
       ORDER BY id COLLATE "C", key COLLATE "C" LIMIT ${SAMPLES}`,
      [turn.brandId, turn.verificationId],
    );
    const rest = Number(found[0]?.count ?? 0) - found.length;
    findings.push(...found.map(({ id, key }) => ({ table, difference, id, key, fields })));
    if (rest > 0) findings.push({ table, difference, id: null, key: null, fields: [], count: rest });
    beat();
  }
  return findings;
}

function entriesOf(queries: Readonly<Partial<Record<ComparedTable, string>>>): [ComparedTable, string][] {
  return Object.entries(queries) as [ComparedTable, string][];
}
