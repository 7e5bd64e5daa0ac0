import { sha256Hex } from '../../../../domain/conversations/records/digest.js';
import { recordKey } from '../../../../domain/conversations/records/quarantine-key.js';
import type { RecordKey } from '../../../../domain/conversations/records/quarantine-key.js';
import { storable } from '../../../../domain/engine/text.js';
import { supersededHash } from '../copies/superseded.js';
import { ATTACHMENT_SUMS } from '../import/attachments.js';
import type { ImportedBrand } from '../import/brand.js';
import { IS_COUNTED } from '../import/quarantine.js';
import type { Transaction } from '../../sql/transaction.js';
import { keyOfCopy } from './record-names.js';
import type { RecordName } from './record-names.js';

/** One way in which the store keeps a message record. */
export interface MessageState {
  readonly place: 'held' | 'quarantined' | 'superseded';
  /** The row's id in that place's table. */
  readonly id: string;
  /** The store's ids; null for a row whose thread is gone. */
  readonly brandId: string | null;
  readonly accountId: string | null;
  readonly sourceId: string | null;
  /** SHA-256 of the message's id, or of the key without one. */
  readonly identity: string;
  /** `copyHash` or `recordHash` of its name. */
  readonly hash: string;
  readonly rangeKey: string;
  /** To read it again; undefined if the store cannot tell. */
  readonly key: RecordKey | undefined;
  /** The thread of a held message. */
  readonly threadId: string | null;
  /** Of a quarantined record: the phase that counts it. */
  readonly phase: string | null;
  /** Tallies count it. */
  readonly isCounted: boolean;
  readonly digest: bigint;
  readonly attachments: number;
  readonly attachmentsDigest: bigint;
  /** Another value after every change. */
  readonly version: string;
}

const HELD = `
  SELECT 'held' AS place, m.id, t.brand_id, b.account_id, b.source_id AS brand, m.source_id, NULL AS identity, NULL AS hash,
    m.source_thread_id || '/' || m.source_key AS source_key, m.source_key AS range_key, m.original AS exact, m.thread_id,
    true AS counted, message_digest(m) AS digest, ${ATTACHMENT_SUMS}, '' AS version, m.source_thread_id, NULL AS phase
  FROM messages m LEFT JOIN message_threads t ON t.id = m.thread_id LEFT JOIN brands b ON b.id = t.brand_id
  WHERE m.id = ANY (ARRAY(
    SELECT id FROM messages WHERE source_id = ANY ($1::text[])
    UNION SELECT i.id FROM unnest($2::text[], $3::text[]) AS k (source_thread_id, source_key)
    JOIN messages i ON i.source_key = k.source_key COLLATE "C" AND i.source_thread_id = k.source_thread_id COLLATE "C"
      AND split_part(i.source_key, '#', 2) <> i.source_id))`;

/** The parts of the raw form that tell the key. */
const KEY_OF_RAW = ['thread_id', 'message_key', 'carryover_original']
  .map((name) => `'${name}', q.raw -> '${name}'`)
  .join(', ');

const QUARANTINED = `
  SELECT 'quarantined', q.id, q.brand_id, b.account_id, b.source_id, q.source_id, q.identity, q.source_key_hash,
    q.source_key, q.range_key, jsonb_build_object(${KEY_OF_RAW}), NULL::bigint, ${IS_COUNTED}, 0, 0, 0,
    md5(concat(q.reason, q.raw)), NULL, q.phase
  FROM quarantined_records q JOIN brands b ON b.id = q.brand_id
  WHERE q.source_table = 'messages' AND (q.source_key_hash = ANY ($4::text[])
    OR q.id = ANY (ARRAY(SELECT id FROM quarantined_records WHERE account_source_id = $6 AND source_table = 'messages' AND identity = ANY ($5::text[]))))`;

const SUPERSEDED = `
  SELECT 'superseded', c.id, c.brand_id, b.account_id, b.source_id, c.source_id, NULL, c.source_key_hash,
    c.source_key, NULL, NULL, NULL, true, c.digest, c.attachments, c.attachments_digest, '', NULL, NULL
  FROM carryover.superseded_copies c JOIN brands b ON b.id = c.brand_id
  WHERE b.account_id = $7 AND c.id = ANY (ARRAY(
    SELECT id FROM carryover.superseded_copies WHERE source_key_hash = ANY ($4::text[])
    UNION SELECT id FROM carryover.superseded_copies WHERE source_id = ANY ($1::text[] || $5::text[])))`;

type Row = Record<string, string | null> & { exact: unknown; counted: boolean };

/** The criteria by which states are found. */
export interface SoughtMessages {
  readonly names: readonly RecordName[];
  /** Ids of messages. */
  readonly ids: readonly string[];
  /** Hashes of ids that are not known. */
  readonly identities: readonly string[];
}

/**
 * Everything that the store keeps under these names, and under these ids of messages: the rows of any account, and quarantined records and superseded
 * copies of this one.
 */
export async function findMessageStates(
  tx: Transaction,
  account: Pick<ImportedBrand, 'accountId' | 'accountSourceId'>,
  { names, ids, identities }: SoughtMessages,
): Promise<MessageState[]> {
  if (names.length + ids.length + identities.length === 0) return [];
  const sought = new Set([...ids, ...names.map(({ key }) => idInKey(key))]);
  const { rows } = await tx.query<Row>(`${HELD} UNION ALL ${QUARANTINED} UNION ALL ${SUPERSEDED}`, [
    [...sought],
    names.map(({ key }) => storable(key.hash)),
    names.map(({ key }) => storable(key.range)),
    [...new Set(names.flatMap((name) => [name.copyHash, name.recordHash]))],
    [...ids.map(sha256Hex), ...identities],
    account.accountSourceId,
    account.accountId,
  ]);
  return rows.map(stateOf);
}

/** The message id at the end of a key that follows the contract. Rows with other keys are in `messages_irregular_key`. */
function idInKey({ range }: RecordKey): string {
  return storable(range).split('#')[1] ?? '';
}

function stateOf(row: Row): MessageState {
  const key = keyOf(row);
  const sourceKey = row['source_key'] ?? '';
  const hash =
    row['hash'] ??
    supersededHash({ sourceKey: row['range_key'] ?? '', sourceThreadId: row['source_thread_id'] ?? '' });
  return {
    place: row['place'] as MessageState['place'],
    id: row['id'] ?? '',
    brandId: row['brand_id'] ?? null,
    accountId: row['account_id'] ?? null,
    sourceId: row['source_id'] ?? null,
    identity: row['identity'] ?? sha256Hex(row['source_id'] ?? sourceKey),
    hash,
    rangeKey: row['range_key'] ?? key?.range ?? sourceKey,
    key,
    threadId: row['thread_id'] ?? null,
    phase: row['phase'] ?? null,
    isCounted: row.counted,
    digest: BigInt(row['digest'] ?? 0),
    attachments: Number(row['attachments'] ?? 0),
    attachmentsDigest: BigInt(row['attachments_digest'] ?? 0),
    version: row['version'] ?? '',
  };
}

function keyOf(row: Row): RecordKey | undefined {
  const sourceKey = row['source_key'] ?? '';
  const rangeKey = row['range_key'] ?? '';
  if (row['place'] === 'superseded') return keyOfCopy(sourceKey, row['hash'] ?? '');
  if (row['place'] === 'quarantined')
    return recordKey('messages', { sourceKey, rangeKey, raw: row.exact }, row['brand'] ?? '');
  const exact = (row.exact ?? {}) as Record<string, string | undefined>;
  return {
    hash: exactText(exact['thread_id']) ?? row['source_thread_id'] ?? '',
    range: exactText(exact['message_key']) ?? rangeKey,
  };
}

/** The reverse of `originalOf`. */
function exactText(original: string | undefined): string | undefined {
  return original === undefined ? undefined : Buffer.from(original, 'base64').toString('utf16le');
}
