/** Counts of attachments by state. Uses indexes: no statement reads the attachments of another brand. */

import { IS_HALTED } from '../../migrations/migrations.js';
import { JOIN_MIGRATION } from '../status/account-migration.js';
import { ask } from '../../sql/ask.js';
import type { Store } from '../../sql/connect.js';
import { ATTACHMENT_STATES, WAITING_ANYWHERE } from './attachment-states.js';

type Pool = Pick<Store, 'pool'>;

export interface AttachmentCounts {
  /** stored + failed + waiting. Grows while messages are imported. */
  readonly all: number;
  readonly stored: number;
  /** Failed for good: retried only on request. */
  readonly failed: number;
  /** Never tried, being fetched, or between two tries. */
  readonly waiting: number;
  /** When the longest waiting attachment was imported or its retry requested. */
  readonly waitingSince: Date | null;
}

export interface BrandAttachments extends AttachmentCounts {
  /** Conversations' id. */
  readonly brandId: string;
}

const inState = (state: keyof typeof ATTACHMENT_STATES) =>
  `FROM attachments WHERE brand_id = b.id AND ${ATTACHMENT_STATES[state]}`;

const COUNTS = `
  WITH of_account AS MATERIALIZED (
    SELECT b.id, b.source_id FROM accounts a JOIN brands b ON b.account_id = a.id WHERE a.source_id = $1
  )
  SELECT b.source_id AS brand_id, stored.count AS stored, failed.count AS failed, waiting.count AS waiting, waiting.since
  FROM of_account b
  CROSS JOIN LATERAL (SELECT count(*) ${inState('stored')}) stored
  CROSS JOIN LATERAL (SELECT count(*) ${inState('failed')}) failed
  CROSS JOIN LATERAL (SELECT count(*), min(waiting_since) AS since ${inState('waiting')}) waiting
  ORDER BY b.id`;

/** The counts of each brand of an account (Conversations' ids), in the order of the payload. Throws StoreUnavailable. */
export async function countAttachments({ pool }: Pool, accountId: string): Promise<BrandAttachments[]> {
  const rows = await ask<Record<string, string> & { since: Date | null }>(pool, COUNTS, [accountId]);
  return rows.map((row) => {
    const [stored, failed, waiting] = [Number(row['stored']), Number(row['failed']), Number(row['waiting'])];
    const all = stored + failed + waiting;
    return { brandId: row['brand_id'] ?? '', all, stored, failed, waiting, waitingSince: row.since };
  });
}

/** Sums the counts of an account's brands. */
export function sumAttachments(brands: readonly AttachmentCounts[]): AttachmentCounts {
  return brands.reduce<AttachmentCounts>(
    (sum, brand) => ({
      all: sum.all + brand.all,
      stored: sum.stored + brand.stored,
      failed: sum.failed + brand.failed,
      waiting: sum.waiting + brand.waiting,
      waitingSince: earlier(sum.waitingSince, brand.waitingSince),
    }),
    { all: 0, stored: 0, failed: 0, waiting: 0, waitingSince: null },
  );
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

/** A brand with attachments that have waited for too long. */
export interface StalledAttachments {
  readonly accountId: string;
  readonly brandId: string;
  /** How many have waited that long. */
  readonly count: number;
  readonly waitingSince: Date;
  /** The account's migration is paused or cancelled, so nothing is fetched. */
  readonly halted: boolean;
}

const STALLED = `
  SELECT a.source_id AS "accountId", b.source_id AS "brandId", old.count, old.since AS "waitingSince",
    ${IS_HALTED} AS halted
  FROM (
    SELECT brand_id, count(*)::integer, min(waiting_since) AS since FROM attachments
    WHERE ${WAITING_ANYWHERE} AND waiting_since <= statement_timestamp() - make_interval(secs => $1::float8 / 1000) GROUP BY brand_id
  ) old
  JOIN brands b ON b.id = old.brand_id JOIN accounts a ON a.id = b.account_id ${JOIN_MIGRATION}
  WHERE $2::text IS NULL OR a.source_id = $2
  ORDER BY old.since, b.id`;

/**
 * Brands with attachments that have waited for longer than `waitedMs` without being stored or failing for good, longest first. Retries end within
 * three hours, so attachments that have waited for a day are not being fetched. Throws StoreUnavailable.
 */
export function stalledAttachments(
  { pool }: Pool,
  waitedMs: number,
  accountId?: string,
): Promise<StalledAttachments[]> {
  return ask<StalledAttachments>(pool, STALLED, [waitedMs, accountId ?? null]);
}
