import type { MessageBrief } from '../import/read-message.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

/** A message as it was read, with the brand's thread for it; undefined if there is none. */
export interface SoughtMessage {
  readonly brief: MessageBrief;
  readonly threadId: string | undefined;
}

/** The rows with these ids, 24 bytes each: their store ids, threads and digests. In the order of the index, which reads neighbours together. */
const HELD = `
  SELECT string_agg(int8send(m.id) || int8send(m.thread_id) || substr(message_hash(m), 1, 8), ''::bytea) AS held
  FROM messages m WHERE m.source_id = ANY ($1::text[])`;
const [ID, THREAD, DIGEST, WIDTH] = [0, 8, 16, 24];

const FILES = `
  SELECT a.message_id::text AS id, count(*)::integer AS files, sum(attachment_digest(m.source_id, a))::text AS digest
  FROM attachments a JOIN messages m ON m.id = a.message_id
  WHERE a.message_id = ANY ($1::bigint[]) GROUP BY a.message_id`;

/**
 * The store's ids of the messages that are held as they were read, with the same attachments, in the brand's thread for them; undefined for others. In
 * the order of `sought`.
 */
export async function findAlike(
  pool: Pool,
  sought: readonly SoughtMessage[],
): Promise<(string | undefined)[]> {
  if (sought.length === 0) return [];
  const [found] = await ask<{ held: Buffer | null }>(pool, HELD, [sought.map(({ brief }) => brief.sourceId)]);
  const held = heldByDigest(found?.held ?? Buffer.alloc(0));
  // A digest covers the keys as well.
  const ids = sought.map(({ brief, threadId }) => {
    const row = held.get(brief.digest);
    return row?.threadId === threadId ? row?.id : undefined;
  });
  const files = await filesOf(
    pool,
    ids.filter((id) => id !== undefined),
  );
  return ids.map((id, at) => {
    const brief = sought[at]?.brief;
    if (id === undefined || brief === undefined) return undefined;
    const { count, digest } = files.get(id) ?? NO_FILES;
    return count === brief.attachments.length && digest === brief.attachmentsDigest ? id : undefined;
  });
}

interface HeldMessage {
  readonly id: string;
  readonly threadId: string;
}

function heldByDigest(rows: Buffer): ReadonlyMap<bigint, HeldMessage> {
  const held = new Map<bigint, HeldMessage>();
  for (let at = 0; at < rows.length; at += WIDTH)
    held.set(rows.readBigInt64BE(at + DIGEST), {
      id: String(rows.readBigInt64BE(at + ID)),
      threadId: String(rows.readBigInt64BE(at + THREAD)),
    });
  return held;
}

interface Files {
  readonly count: number;
  readonly digest: bigint;
}

const NO_FILES: Files = { count: 0, digest: 0n };

/** The digests of messages that have attachments. */
async function filesOf(pool: Pool, messageIds: readonly string[]): Promise<ReadonlyMap<string, Files>> {
  const rows = await ask<{ id: string; files: number; digest: string }>(pool, FILES, [
    `{${messageIds.join(',')}}`,
  ]);
  return new Map(rows.map(({ id, files, digest }) => [id, { count: files, digest: BigInt(digest) }]));
}
