import type { ImportedBrand } from './brand.js';
import { sumThreads } from './held-by-threads.js';
import type { HeldByThreads } from './held-by-threads.js';
import { settleThreads, threadChunks } from './settle.js';
import { bulkQuery, bulkTransaction } from './transaction.js';
import type { Connection, Pool } from './transaction.js';

/** What both sides of a check are made of. Digests are sums of 64-bit digests, decimal. */
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
  /** What reading summed up: messages of both phases so far, threads of this phase. */
  readonly source: CheckSide;
  /** The same, computed from the store's rows: what is held, quarantined and superseded. */
  readonly store: CheckSide;
  /** What the store holds of the brand now. */
  readonly held: {
    readonly messages: number;
    readonly threads: number;
    readonly quarantined: number;
    readonly superseded: number;
  };
}

/** Names of the slices' sources that read threads, and of the one that reads messages. */
export interface CheckSources {
  readonly threadSources: readonly string[];
  readonly messageSource: string;
}

export interface CheckOptions extends CheckSources {
  /** After each part of the work; may throw to end it. */
  beat(): void;
}

/**
 * Settles the brand's threads and compares what was read with what is held.
 *
 * 1. All in one snapshot, since other brands of the account may take over a message while this goes on.
 * 2. Messages: every one that was read is in `messages`, in quarantine, or a superseded copy; digests likewise, where quarantined
 *    ones never counted. Attachments go with their messages.
 * 3. Threads are read in both phases, and the source is in use meanwhile. So a phase's sums are compared with the rows that it was the last
 *    to read: a thread that has changed since the other phase is no difference, one that was lost is.
 * 4. If both sides are equal, the phase is completed, with both of them.
 *
 * Answers what was found; the caller judges it with `differencesOf`.
 */
export async function settleAndCheck(
  pool: Pool,
  brand: ImportedBrand,
  phase: string,
  options: CheckOptions,
): Promise<CheckedPhase> {
  return bulkTransaction(
    pool,
    async (connection) => {
      const held = await settleAndSum(pool, connection, { brandId: brand.id, phase }, options.beat);
      const source = await sumsOfSlices(connection, brand.id, phase, options);
      const other = await otherSums(connection, brand.id, phase);
      const store: CheckSide = {
        messages: held.messages + other.quarantined + other.superseded,
        messagesDigest: String(held.messagesDigest + other.supersededDigest),
        attachments: other.attachments,
        attachmentsDigest: other.attachmentsDigest,
        threads: held.sources,
        threadsDigest: String(held.sourcesDigest),
        quarantinedThreads: other.quarantinedThreads,
      };
      const checked: CheckedPhase = {
        source,
        store,
        held: {
          messages: held.messages,
          threads: held.threads,
          quarantined: other.quarantinedInAll,
          superseded: other.superseded,
        },
      };
      if (differencesOf(checked).length === 0) await complete(connection, brand.id, phase, checked);
      return checked;
    },
    'BEGIN ISOLATION LEVEL REPEATABLE READ',
  );
}

/** Each chunk is settled while the next ones are summed up: what settling changes is in no digest. Neither is left behind when the other fails. */
async function settleAndSum(
  pool: Pool,
  connection: Connection,
  phase: { readonly brandId: string; readonly phase: string },
  beat: () => void,
): Promise<HeldByThreads> {
  const { rows } = await connection.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
  const chunks = await threadChunks(connection, phase.brandId);
  let settled: Promise<void> = Promise.resolve();
  try {
    return await sumThreads(pool, rows[0]?.snapshot ?? '', phase, chunks, (unsettled) => {
      beat();
      if (!unsettled) return;
      settled = settled.then(() => settleThreads(connection, unsettled));
      settled.catch(() => undefined);
    });
  } finally {
    await settled;
  }
}

/** What is unequal, in words with both numbers; empty when nothing is. */
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

/** What the phase was found to be when it was completed; undefined when it was not. */
export async function checkedBefore(
  pool: Pool,
  brandId: string,
  phase: string,
): Promise<CheckedPhase | undefined> {
  const [row] = await bulkQuery<{ checked: CheckedPhase }>(
    pool,
    'SELECT checked FROM import_phases WHERE brand_id = $1 AND phase = $2 AND completed_at IS NOT NULL',
    [brandId, phase],
  );
  return row?.checked;
}

export async function countAttachmentsToFetch(pool: Pool, brandId: string): Promise<number> {
  const [row] = await bulkQuery<{ count: string }>(
    pool,
    `SELECT count(*) FROM attachments WHERE brand_id = $1 AND stored_url IS NULL
       AND (error ->> 'final')::boolean IS NOT TRUE`,
    [brandId],
  );
  return Number(row?.count);
}

async function complete(
  connection: Connection,
  brandId: string,
  phase: string,
  checked: CheckedPhase,
): Promise<void> {
  await connection.query(
    'UPDATE import_phases SET completed_at = now(), checked = $3 WHERE brand_id = $1 AND phase = $2',
    [brandId, phase, JSON.stringify(checked)],
  );
}

/** The source's side, as reading has summed it up so far. */
export async function sumsOfSlices(
  connection: Pool | Connection,
  brandId: string,
  phase: string,
  { threadSources, messageSource }: CheckSources,
): Promise<CheckSide> {
  const { rows } = await connection.query<Record<string, string>>(
    `SELECT coalesce(sum(read) FILTER (WHERE source = $4), 0) AS messages,
       coalesce(sum(digest) FILTER (WHERE source = $4), 0) AS messages_digest,
       coalesce(sum(attachments) FILTER (WHERE source = $4), 0) AS attachments,
       coalesce(sum(attachments_digest) FILTER (WHERE source = $4), 0) AS attachments_digest,
       coalesce(sum(taken) FILTER (WHERE phase = $2 AND source = ANY ($3::text[])), 0) AS threads,
       coalesce(sum(digest) FILTER (WHERE phase = $2 AND source = ANY ($3::text[])), 0) AS threads_digest,
       coalesce(sum(quarantined) FILTER (WHERE phase = $2 AND source = ANY ($3::text[])), 0) AS quarantined_threads
     FROM import_slices WHERE brand_id = $1`,
    [brandId, phase, threadSources, messageSource],
  );
  return checkSideOf(rows[0] ?? {});
}

/** A row of sums over slices, named as the members are. */
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

async function otherSums(connection: Connection, brandId: string, phase: string) {
  const { rows } = await connection.query<Record<string, string>>(
    `SELECT superseded.*, held.attachments + superseded.attachments AS all_attachments,
       held.digest + superseded.attachments_digest AS all_attachments_digest, quarantined.*
     FROM
       (SELECT count(*) AS superseded, coalesce(sum(digest), 0) AS superseded_digest,
          coalesce(sum(attachments), 0) AS attachments, coalesce(sum(attachments_digest), 0) AS attachments_digest
        FROM superseded_copies WHERE brand_id = $1) superseded,
       (SELECT count(*) AS attachments, coalesce(sum(attachment_digest(m.source_id, a)), 0) AS digest
        FROM attachments a JOIN messages m ON m.id = a.message_id WHERE a.brand_id = $1) held,
       (SELECT count(*) FILTER (WHERE source_table = 'messages') AS quarantined,
          count(*) FILTER (WHERE source_table = 'threads' AND phase = $2) AS quarantined_threads,
          count(*) AS quarantined_in_all
        FROM quarantined_records WHERE brand_id = $1) quarantined`,
    [brandId, phase],
  );
  const [row = {}] = rows;
  return {
    superseded: Number(row['superseded']),
    supersededDigest: BigInt(row['superseded_digest'] ?? 0),
    attachments: Number(row['all_attachments']),
    attachmentsDigest: row['all_attachments_digest'] ?? '',
    quarantined: Number(row['quarantined']),
    quarantinedThreads: Number(row['quarantined_threads']),
    quarantinedInAll: Number(row['quarantined_in_all']),
  };
}
