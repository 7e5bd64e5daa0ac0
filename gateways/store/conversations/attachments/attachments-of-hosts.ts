import { ask } from '../../sql/ask.js';
import type { Store } from '../../sql/connect.js';
import { ATTACHMENT_STATES } from './attachment-states.js';
import { failedAtMoment, MOMENT, URL_HOST, type AttachmentFailure } from './attachments.js';

type Pool = Pick<Store, 'pool'>;

const HOST = `substring(source_url FROM '${URL_HOST}')`;
const WAITING = `brand_id = (SELECT id FROM brands WHERE source_id = $1) AND ${ATTACHMENT_STATES.waiting}`;

/** More hosts than anyone has; the next call handles the rest. */
const MOST_HOSTS = 10_000;

/** The hosts (with scheme, as in URLs) of a brand's attachments that may still be fetched. Throws StoreUnavailable. */
export async function hostsOfWaiting({ pool }: Pool, brandId: string): Promise<string[]> {
  const rows = await ask<{ host: string }>(
    pool,
    `SELECT DISTINCT ${HOST} AS host FROM attachments WHERE ${WAITING} AND ${HOST} IS NOT NULL LIMIT ${MOST_HOSTS}`,
    [brandId],
  );
  return rows.map(({ host }) => host);
}

/**
 * Fails all waiting attachments of a brand (Conversations' id) on these hosts in one statement, including claimed ones. Returns how many, without
 * those that a concurrent call is failing. Throws StoreUnavailable.
 */
export async function failHosts(
  { pool }: Pool,
  brandId: string,
  failures: ReadonlyMap<string, AttachmentFailure>,
): Promise<number> {
  const [row] = await ask<{ count: number }>(
    pool,
    `WITH ${MOMENT}, refused AS (
       SELECT id, h.failure FROM attachments JOIN unnest($2::text[], $3::jsonb[]) AS h (host, failure) ON h.host = ${HOST}
       WHERE ${WAITING} FOR UPDATE OF attachments SKIP LOCKED
     ), failed AS (
       UPDATE attachments a ${failedAtMoment('refused.failure')} FROM moment, refused WHERE a.id = refused.id RETURNING 1
     ) SELECT count(*)::integer AS count FROM failed`,
    [brandId, [...failures.keys()], [...failures.values()].map((failure) => JSON.stringify(failure))],
  );
  return row?.count ?? 0;
}
