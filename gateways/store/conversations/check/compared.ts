import type { CertifiedSide, RecordHashes } from '../../../../domain/conversations/certificate.js';
import { attachmentsOfBrand } from '../attachments/attachment-states.js';
import type { HeldByThreads } from './held-by-threads.js';
import { listHash } from './record-hashes.js';
import type { Transaction } from '../../sql/transaction.js';

/** One side of a check. Digests are sums of 64-bit digests, decimal. */
export interface CheckSide {
  readonly messages: number;
  readonly messagesDigest: string;
  readonly attachments: number;
  readonly attachmentsDigest: string;
  readonly threads: number;
  readonly threadsDigest: string;
  readonly quarantinedThreads: number;
}

export interface CheckedPhase {
  /** What was read: messages of both phases so far, threads of this phase. */
  readonly source: CheckSide;
  /** The same, computed from the store's rows: held, quarantined and superseded. */
  readonly store: CheckSide;
  /** What the store currently holds of the brand. */
  readonly held: {
    readonly messages: number;
    readonly threads: number;
    readonly quarantined: number;
    readonly superseded: number;
    /** Included in `quarantined`. Absent, like `hashes`, in results of earlier versions. */
    readonly quarantinedThreads?: number;
    /** Records that the source has removed since they were here. Absent like the others. */
    readonly removed?: number;
  };
  readonly hashes?: Omit<RecordHashes, 'algorithm'>;
}

export const NOTHING_READ: CheckSide = {
  messages: 0,
  messagesDigest: '0',
  attachments: 0,
  attachmentsDigest: '0',
  threads: 0,
  threadsDigest: '0',
  quarantinedThreads: 0,
};

/** Converts a row of sums whose columns are named like the members. */
export function checkSideOf(row: Readonly<Record<string, string>>): CheckSide {
  return {
    messages: Number(row['messages']),
    messagesDigest: row['messages_digest'] ?? '',
    attachments: Number(row['attachments']),
    attachmentsDigest: row['attachments_digest'] ?? '',
    threads: Number(row['threads']),
    threadsDigest: row['threads_digest'] ?? '',
    quarantinedThreads: Number(row['quarantined_threads']),
  };
}

/** A side as certificates and the API show it. */
export function shownSide(side: CheckSide): CertifiedSide {
  return {
    messages: side.messages,
    messages_digest: side.messagesDigest,
    attachments: side.attachments,
    attachments_digest: side.attachmentsDigest,
    threads: side.threads,
    threads_digest: side.threadsDigest,
    quarantined_threads: side.quarantinedThreads,
  };
}

/** The unequal figures, with both numbers; empty if all are equal. */
export function differencesOf({ source, store }: Pick<CheckedPhase, 'source' | 'store'>): string[] {
  const names: Record<keyof CheckSide, string> = {
    messages: 'messages',
    messagesDigest: 'digest of messages',
    attachments: 'attachments',
    attachmentsDigest: 'digest of attachments',
    threads: 'threads',
    threadsDigest: 'digest of threads',
    quarantinedThreads: 'quarantined threads',
  };
  return (Object.keys(names) as (keyof CheckSide)[])
    .filter((name) => source[name] !== store[name])
    .map((name) => `${names[name]}: read ${source[name]}, held ${store[name]}`);
}

const SUPERSEDED_HASH = listHash(
  `sha256(convert_to(json_build_array(source_id, source_key, digest, attachments, attachments_digest)::text, 'UTF8'))`,
  'source_key_hash',
);
const QUARANTINED_HASH = listHash(
  `sha256(convert_to(json_build_array(source_table, source_key, source_id, identity, reason, raw)::text, 'UTF8'))`,
  'source_table, source_key_hash',
);

/** `$1` brand, `$2` phase or null. Joins attachments' hashes by thread, so that no list is longer than the number of threads. */
const HELD_BESIDE_THREADS = `
  SELECT superseded.*, held.attachments + superseded.attachments AS all_attachments,
    held.digest + superseded.attachments_digest AS all_attachments_digest, encode(held.hash, 'hex') AS attachments_hash, quarantined.*,
    (SELECT count(*) FROM carryover.removed_records WHERE brand_id = $1) AS removed
  FROM
    (SELECT count(*) AS superseded, coalesce(sum(digest), 0) AS superseded_digest,
       coalesce(sum(attachments), 0) AS attachments, coalesce(sum(attachments_digest), 0) AS attachments_digest,
       encode(${SUPERSEDED_HASH}, 'hex') AS superseded_hash
     FROM carryover.superseded_copies WHERE brand_id = $1) superseded,
    (SELECT coalesce(sum(attachments), 0) AS attachments, coalesce(sum(digest), 0) AS digest,
       ${listHash('hash', 'thread_id')} AS hash
     FROM (
       SELECT thread_id, count(*) AS attachments, sum(digest_in(hash)) AS digest,
         ${listHash('hash', 'message_source_id, source_id')} AS hash
       FROM (
         SELECT m.thread_id, m.source_id AS message_source_id, (attachment).source_id,
           attachment_hash(m.source_id, attachment) AS hash
         FROM (${attachmentsOfBrand('$1')}) of_brand
         CROSS JOIN LATERAL (SELECT thread_id, source_id FROM messages WHERE id = (attachment).message_id OFFSET 0) m OFFSET 0
       ) each GROUP BY thread_id
     ) of_thread) held,
    (SELECT count(*) FILTER (WHERE source_table = 'messages') AS quarantined,
       count(*) FILTER (WHERE source_table = 'threads' AND ($2::text IS NULL OR phase = $2)) AS quarantined_threads,
       count(*) AS quarantined_in_all, encode(${QUARANTINED_HASH}, 'hex') AS quarantined_hash
     FROM quarantined_records WHERE brand_id = $1) quarantined`;

/** What the store holds of a brand beside its threads: superseded copies, attachments, quarantined records. A row of `HELD_BESIDE_THREADS`. */
export type HeldBeside = Readonly<Record<string, string>>;

/**
 * With a phase, counts only quarantined threads that it was the last to read, otherwise all of the brand. OFFSET forces the lookup of each attachment's
 * message by id.
 */
export async function readBeside(
  tx: Transaction,
  { brandId, phase }: { readonly brandId: string; readonly phase?: string },
): Promise<HeldBeside> {
  const { rows } = await tx.query<Record<string, string>>(HELD_BESIDE_THREADS, [brandId, phase]);
  return rows[0] ?? {};
}

/** Adds the store's side to what was read: messages in threads, in quarantine and superseded, their attachments, and threads. */
export function comparedWith(source: CheckSide, held: HeldByThreads, row: HeldBeside): CheckedPhase {
  const superseded = Number(row['superseded']);
  return {
    source,
    store: {
      messages: held.messages + Number(row['quarantined']) + superseded,
      messagesDigest: String(held.messagesDigest + BigInt(row['superseded_digest'] ?? 0)),
      attachments: Number(row['all_attachments']),
      attachmentsDigest: row['all_attachments_digest'] ?? '',
      threads: held.sources,
      threadsDigest: String(held.sourcesDigest),
      quarantinedThreads: Number(row['quarantined_threads']),
    },
    held: {
      messages: held.messages,
      threads: held.threads,
      quarantined: Number(row['quarantined_in_all']),
      quarantinedThreads: Number(row['quarantined_in_all']) - Number(row['quarantined']),
      superseded,
      removed: Number(row['removed']),
    },
    hashes: {
      threads: held.hash,
      attachments: row['attachments_hash'] ?? '',
      quarantined: row['quarantined_hash'] ?? '',
      superseded: row['superseded_hash'] ?? '',
    },
  };
}
