import type { RecordKey } from '../../../../domain/conversations/records/quarantine-key.js';
import { findMessageStates } from '../following/message-states.js';
import { addWaiting } from '../following/waiting-hints.js';
import type { ImportedBrand } from '../import/brand.js';
import type { Transaction } from '../../sql/transaction.js';
import { unmarked } from './extras.js';
import { OF_TURN, turnKey } from '../../proof/findings.js';
import type { Turn } from './turns.js';

/** More unshown messages than this and than a tenth of the store's are not a gap: the source has lost them, and a person must look. */
const FEW = 1_000;
const A_TENTH = 0.1;
const AT_ONCE = 1_000;

/**
 * For a brand with a gap, or in an account's last pass: has following read again the records that the source has not shown and the held ones that can
 * no longer be taken. Following removes what is gone at the source and quarantines what cannot be taken. Any other repair only reports these. Records
 * that the repair has just written are read again too, without effect. MUST run before the turn's marks are removed.
 */
export async function lookAtUnshown(
  tx: Transaction,
  brand: ImportedBrand,
  turn: Turn,
  { messages, extraMessages }: { readonly messages: number; readonly extraMessages: number },
): Promise<void> {
  if (!(await closesGap(tx, brand, turn))) return;
  const gone = extraMessages - (await repairedMessages(tx, turn));
  if (gone > FEW && gone > A_TENTH * messages) return;
  const { rows: threads } = await tx.query<{ id: string }>(UNSHOWN_THREADS, [brand.id, turn.verificationId]);
  await hint(
    tx,
    brand,
    'threads',
    threads.map(({ id }) => ({ hash: brand.sourceId, range: id })),
  );
  const { rows } = await tx.query<{ id: string | null; identity: string | null }>(
    [...(extraMessages === 0 ? [] : [UNSHOWN_MESSAGES]), REFUSED_MESSAGES, UNSHOWN_COPIES].join(
      ' UNION ALL ',
    ),
    [brand.id, turn.verificationId],
  );
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE);
    const states = await findMessageStates(tx, brand, {
      names: [],
      ids: some.flatMap(({ id }) => id ?? []),
      identities: some.flatMap(({ identity }) => identity ?? []),
    });
    await hint(
      tx,
      brand,
      'messages',
      states.flatMap(({ key, brandId }) => (key && brandId === brand.id ? [key] : [])),
    );
  }
}

async function closesGap(
  tx: Transaction,
  { sourceId }: ImportedBrand,
  { verificationId }: Turn,
): Promise<boolean> {
  const { rows } = await tx.query(
    `SELECT FROM carryover.followed_brands b JOIN carryover.followed_accounts f USING (account_id)
     WHERE b.brand_id = $1 AND (b.gap IS NOT NULL OR f.finishing ->> 'verification' = $2::text)`,
    [sourceId, verificationId],
  );
  return rows.length > 0;
}

const MARKED = `carryover.verification_marks k WHERE k.verification_id = $2 AND k.brand_id = $1`;

const UNSHOWN_THREADS = `
  SELECT s.source_id AS id FROM thread_sources s JOIN message_threads t ON t.id = s.thread_id AND t.brand_id = $1
  WHERE ${unmarked('thread', 's.source_id')}
  UNION SELECT q.range_key FROM quarantined_records q
  WHERE q.brand_id = $1 AND q.source_table = 'threads' AND ${unmarked('quarantined', 'q.id::text')}
  UNION SELECT k.row_key COLLATE "C" FROM ${MARKED} AND k.kind = 'refused-thread'`;

const REFUSED_MESSAGES = `
  SELECT m.source_id AS id, NULL AS identity FROM messages m, ${MARKED} AND k.kind = 'refused-message' AND m.id = k.row_key::bigint`;

const UNSHOWN_MESSAGES = `
  SELECT m.source_id AS id, NULL AS identity FROM messages m JOIN message_threads t ON t.id = m.thread_id AND t.brand_id = $1
  WHERE ${unmarked('message', 'm.id::text')}`;

const UNSHOWN_COPIES = `
  SELECT NULL AS id, q.identity FROM quarantined_records q
  WHERE q.brand_id = $1 AND q.source_table = 'messages' AND ${unmarked('quarantined', 'q.id::text')}
  UNION ALL SELECT c.source_id, NULL FROM carryover.superseded_copies c
  WHERE c.brand_id = $1 AND ${unmarked('superseded', 'c.id::text')}`;

async function repairedMessages(tx: Transaction, turn: Turn): Promise<number> {
  const { rows } = await tx.query<{ count: string }>(
    `SELECT coalesce(sum(count), 0) AS count FROM carryover.verification_differences WHERE ${OF_TURN} AND source_table = 'messages'`,
    turnKey(turn),
  );
  return Number(rows[0]?.count ?? 0);
}

async function hint(
  tx: Transaction,
  { id: brandId }: ImportedBrand,
  table: 'threads' | 'messages',
  keys: readonly RecordKey[],
): Promise<void> {
  await addWaiting(
    tx,
    keys.map((key) => ({ brandId, table, key })),
  );
}
