import { hash } from 'node:crypto';
import type { AttachmentRow, Digest, MessageRow, ThreadRow } from './rows.js';

/**
 * The version of the definitions below. A change of one must increase it, together with `digest_version()` in the SQL migration that changes the
 * store's side. Phases with digests of another version are then read again.
 */
export const DIGEST_VERSION = 2;

/**
 * Digests that the store computes too, from its columns: the first 8 bytes of SHA-256, big-endian and signed, over the UTF-8 of a
 * text that no other values make. In SQL (database encoding UTF8):
 *
 * ```sql
 * -- of any text t:
 * ('x' || encode(substr(sha256(convert_to(t, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
 *
 * -- message m: lengths of its texts in bytes, what has no space in it, the texts, and jsonb, whose ends can be told
 * concat_ws(' ', octet_length(m.source_id), octet_length(m.source_thread_id), octet_length(m.source_key),
 *   coalesce(octet_length(m.author), -1), coalesce(octet_length(m.body), -1), m.direction, m.kind,
 *   encode(timestamptz_send(m.sent_at), 'hex'), m.source_id, m.source_thread_id, m.source_key, m.author, m.body,
 *   coalesce(m.telephony::text, '-'), coalesce(m.metadata::text, '-'), coalesce(m.original::text, '-'))
 *
 * -- attachment a of message m; the content type is the one the source declared
 * json_build_array(m.source_id, a.source_id, a.source_url, a.declared_content_type, a.file_name)::text
 *
 * -- thread source s of thread t
 * json_build_array(s.source_id, s.kind, s.status, t.c1, t.c2)::text
 * ```
 *
 * The text columns are `text`; an enum column needs `::text`. `telephony`, `metadata` and `original` are `jsonb`. A sum of
 * digests is exact in SQL too: `coalesce(sum(…), 0)` over `bigint` is `numeric`.
 */
export type Digested<Row> = Omit<Row, 'digest' | 'attachmentsDigest' | 'attachments' | 'bytes'>;

/** `sentAtMicros`: the row's `sentAt` in microseconds since 1970. */
export function messageDigest(row: Digested<MessageRow>, sentAtMicros: string): Digest {
  const { sourceId, sourceThreadId, sourceKey, author, body } = row;
  return digestOf(
    `${Buffer.byteLength(sourceId)} ${Buffer.byteLength(sourceThreadId)} ${Buffer.byteLength(sourceKey)} ` +
      `${lengthOf(author)} ${lengthOf(body)} ${row.direction} ${row.kind} ${sentTimestamp(sentAtMicros)} ` +
      `${sourceId} ${sourceThreadId} ${sourceKey} ${followed(author)}${followed(body)}` +
      `${row.telephony ?? '-'} ${row.metadata ?? '-'} ${row.original ?? '-'}`,
  );
}

function lengthOf(text: string | null): number {
  return text === null ? -1 : Buffer.byteLength(text);
}

function followed(text: string | null): string {
  return text === null ? '' : `${text} `;
}

/** 2000-01-01, PostgreSQL's epoch, in microseconds since 1970. */
const EPOCH = 946_684_800_000_000n;

/** The hexadecimal form of `timestamptz_send`. */
function sentTimestamp(micros: string): string {
  return BigInt.asUintN(64, BigInt(micros) - EPOCH)
    .toString(16)
    .padStart(16, '0');
}

/** `messageSourceId`: the `message_id` as the row holds it. */
export function attachmentDigest(messageSourceId: string, attachment: AttachmentRow): Digest {
  const { sourceId, url, contentType, fileName } = attachment;
  return digestOf(jsonArray([messageSourceId, sourceId, url, contentType, fileName]));
}

export function threadDigest(row: Pick<ThreadRow, 'sourceId' | 'kind' | 'status' | 'c1' | 'c2'>): Digest {
  return digestOf(jsonArray([row.sourceId, row.kind, row.status, row.c1, row.c2]));
}

/** SHA-256 of the text's UTF-8, hex. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

function jsonArray(values: readonly (string | null)[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The digest of a text, or of its UTF-8. Uses a binary string, which is three times as fast as a new buffer for each row. */
export function digestOf(text: string | Uint8Array): Digest {
  const bytes = hash('sha256', text, 'binary');
  for (let at = 0; at < 8; at += 1) scratch.setUint8(at, bytes.charCodeAt(at));
  return scratch.getBigInt64(0);
}
