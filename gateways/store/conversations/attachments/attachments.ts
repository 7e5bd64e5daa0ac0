import { IS_HALTED } from '../../migrations/migrations.js';
import { JOIN_MIGRATION } from '../status/account-migration.js';
import { ask } from '../../sql/ask.js';
import type { Store } from '../../sql/connect.js';
import { ATTACHMENT_STATES } from './attachment-states.js';

type Pool = Pick<Store, 'pool'>;

/** An attachment that only this lane fetches until the lease expires. */
export interface ClaimedAttachment {
  readonly id: string;
  readonly accountId: string;
  readonly brandId: string;
  readonly url: string;
  readonly fileName: string | null;
  readonly declaredContentType: string | null;
  /** Failed tries before this one. */
  readonly tries: number;
  /** Identifies the claim, in microseconds: a later claim has another value. */
  readonly claimedAt: string;
  readonly triedBefore: string | null;
}

export interface ClaimTerms {
  readonly limit: number;
  /** After this a claim without a result (its worker was killed) expires. */
  readonly leaseMs: number;
  /** The pauses after the first failed try, the second, …; the last one repeats. */
  readonly pausesMs: readonly number[];
}

export interface ClaimChoice {
  /** Hosts to skip, as URLs write them: `https://files.example.com`. */
  readonly without: readonly string[];
}

export interface StoredFile {
  readonly url: string;
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

/** The contents of `attachments.error`, besides the time. */
export interface AttachmentFailure {
  readonly kind: string;
  readonly message: string;
  readonly status?: number | undefined;
  /** No automatic retry follows. */
  readonly final: boolean;
}

const WAITING = ATTACHMENT_STATES.waiting;

/** The pause after this many failed tries. `$4` pauses. */
const pauseAfter = (tries: string) =>
  `($4::float8[])[greatest(1, least(${tries}, cardinality($4::float8[])))]`;
const ago = (milliseconds: string) => `statement_timestamp() - make_interval(secs => ${milliseconds} / 1000)`;

/** Waiting and due: never tried, its pause is over, or its claim has expired. `$3` lease. */
const DUE = `
  ${WAITING}
  AND (a.tried_at IS NULL OR a.tried_at <= ${ago(`CASE
    WHEN (a.error ->> 'at')::timestamptz >= a.tried_at THEN ${pauseAfter('a.tries')} ELSE $3::float8 END`)})`;

/** Matches the beginning of a URL including its host, as written, in PostgreSQL and in a RegExp. */
export const URL_HOST = '^[^/]*//[^/?#]*';

/** How many rows are read to find the newest messages. Rows are in the order of the import, which reads the newest first. */
const WINDOW = 1_000;

/** For one brand and number of tries. Only the index `attachments_to_fetch` has this order. */
const dueRange = (triedAt: string) => `(
      SELECT a.id FROM attachments a
      WHERE a.brand_id = brand.id AND a.tries = tried.tries AND a.tried_at ${triedAt} AND ${DUE}
        AND (substring(a.source_url FROM '${URL_HOST}') = ANY ($5::text[])) IS NOT TRUE
      ORDER BY a.tried_at, a.id LIMIT ${WINDOW})`;

// Reads ranges of attachments_to_fetch, so attachments between two tries are not scanned, except the few that are claimed. An array and a subquery
// make PostgreSQL look up attachments and messages one by one instead of joining whole tables.
const CLAIM = `
  WITH brand AS MATERIALIZED (
    SELECT id, account_id FROM brands WHERE source_id = $1
  ), most AS MATERIALIZED (
    SELECT max(a.tries) AS tries FROM attachments a WHERE a.brand_id = (SELECT id FROM brand) AND ${WAITING}
  ), due AS MATERIALIZED (
    SELECT one.id
    FROM brand CROSS JOIN most CROSS JOIN generate_series(0, most.tries) AS tried (tries)
    CROSS JOIN LATERAL (
      ${dueRange('IS NULL')} UNION ALL
      ${dueRange(`<= ${ago(`least($3::float8, ${pauseAfter('tried.tries')})`)}`)}
    ) one
  ), claimed AS (
    SELECT a.id, a.tried_at, (SELECT m.sent_at FROM messages m WHERE m.id = a.message_id) AS sent_at FROM attachments a
    WHERE a.id = ANY (ARRAY(SELECT id FROM due)) AND ${DUE}
    ORDER BY sent_at DESC NULLS LAST, a.id LIMIT $2
    FOR UPDATE OF a SKIP LOCKED
  ), marked AS (
    UPDATE attachments a SET tried_at = clock_timestamp() FROM claimed WHERE a.id = claimed.id
    RETURNING a.*, claimed.tried_at AS tried_before, claimed.sent_at
  )
  SELECT marked.id, brand.account_id, brand.id AS brand_id, marked.source_url, marked.file_name,
    marked.declared_content_type, marked.tries, marked.tried_at::text AS claimed_at, marked.tried_before::text
  FROM marked CROSS JOIN brand
  ORDER BY marked.sent_at DESC NULLS LAST, marked.id`;

/** Claims due attachments of a brand (Conversations' id), newest messages first. Concurrent calls claim different ones. */
export async function claimAttachments(
  { pool }: Pool,
  brandId: string,
  terms: ClaimTerms,
  { without }: ClaimChoice = { without: [] },
): Promise<ClaimedAttachment[]> {
  const rows = await ask(pool, CLAIM, [brandId, terms.limit, terms.leaseMs, terms.pausesMs, without]);
  return rows.map((row) => ({
    id: String(row['id']),
    accountId: String(row['account_id']),
    brandId: String(row['brand_id']),
    url: row['source_url'] as string,
    fileName: row['file_name'] as string | null,
    declaredContentType: row['declared_content_type'] as string | null,
    tries: row['tries'] as number,
    claimedAt: row['claimed_at'] as string,
    triedBefore: row['tried_before'] as string | null,
  }));
}

/**
 * Records a stored file. Accepts a lane whose claim has expired, because its file is the same. If the attachment was removed meanwhile, schedules the
 * file's removal.
 */
export async function recordStoredFile(
  { pool }: Pool,
  claim: ClaimedAttachment,
  file: StoredFile,
): Promise<void> {
  await ask(
    pool,
    `WITH stored AS (
       UPDATE attachments SET stored_url = $3, content_type = $4, size = $5, sha256 = $6, error = NULL, tries = tries + 1
       WHERE id = $1 AND source_url = $2 AND stored_url IS NULL RETURNING id
     )
     INSERT INTO carryover.files_to_remove (folder) SELECT $7
     WHERE NOT EXISTS (SELECT FROM stored) AND NOT EXISTS (SELECT FROM attachments WHERE id = $1)
     ON CONFLICT (folder) DO UPDATE SET due_at = now()`,
    [
      claim.id,
      claim.url,
      file.url,
      file.contentType,
      file.size,
      file.sha256,
      [claim.accountId, claim.brandId, claim.id].join('/'),
    ],
  );
}

/** Equal times in both places distinguish a failed try from a claim in progress. */
export const MOMENT = `moment AS (SELECT date_trunc('milliseconds', clock_timestamp()) AS at)`;
export const failedAtMoment = (failure: string) =>
  `SET tries = tries + 1, tried_at = moment.at, error = ${failure} || jsonb_build_object(
     'at', to_char(moment.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;

/** Records a failed try. Changes nothing if the claim has expired and another lane has claimed or stored the attachment. */
export async function recordFailedTry(
  { pool }: Pool,
  claim: ClaimedAttachment,
  failure: AttachmentFailure,
): Promise<void> {
  await ask(
    pool,
    `WITH ${MOMENT} UPDATE attachments ${failedAtMoment('$3::jsonb')}
       FROM moment WHERE id = $1 AND tried_at = $2::timestamptz AND stored_url IS NULL`,
    [claim.id, claim.claimedAt, JSON.stringify(failure)],
  );
}

/** Releases claims that had no result, as if they had not been made. */
export async function releaseClaims({ pool }: Pool, claims: readonly ClaimedAttachment[]): Promise<void> {
  if (claims.length === 0) return;
  await ask(
    pool,
    `UPDATE attachments a SET tried_at = c.tried_before
       FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS c (id, claimed_at, tried_before)
       WHERE a.id = c.id AND a.tried_at = c.claimed_at AND a.stored_url IS NULL`,
    [
      claims.map(({ id }) => id),
      claims.map(({ claimedAt }) => claimedAt),
      claims.map(({ triedBefore }) => triedBefore),
    ],
  );
}

/**
 * Releases all claims of a brand (Conversations' id) since that time, made by a lane that died. If another lane still works on one, the file is
 * fetched twice and stored once.
 */
export async function releaseClaimsSince({ pool }: Pool, brandId: string, since: Date): Promise<void> {
  await ask(
    pool,
    `UPDATE attachments SET tried_at = (error ->> 'at')::timestamptz
       WHERE brand_id = (SELECT id FROM brands WHERE source_id = $1) AND ${WAITING} AND tried_at >= $2
         AND (error ->> 'at')::timestamptz IS DISTINCT FROM tried_at`,
    [brandId, since],
  );
}

/** How many of the brand's attachments may still be fetched, now or after a pause. */
export async function countAttachmentsLeft({ pool }: Pool, brandId: string): Promise<number> {
  const [row] = await ask(
    pool,
    `SELECT count(*)::int AS left FROM attachments
       WHERE brand_id = (SELECT id FROM brands WHERE source_id = $1) AND ${WAITING}`,
    [brandId],
  );
  return Number(row?.['left'] ?? 0);
}

/** Whether the account's migration (Conversations' id) is paused or cancelled, so that no further file may be started. */
export async function isHalted({ pool }: Pool, accountId: string): Promise<boolean> {
  const [row] = await ask(
    pool,
    `SELECT ${IS_HALTED} AS halted FROM accounts a ${JOIN_MIGRATION} WHERE a.source_id = $1`,
    [accountId],
  );
  return row?.['halted'] === true;
}
