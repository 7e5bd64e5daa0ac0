/** What needs a person, one row each, in an order in which every row keeps its place: by kind, then by the row's id. */

import type pg from 'pg';
import { FAILURE_KINDS, type FailedThing, type FailureKind } from '../../domain/failed-things.js';
import { ask } from './ask.js';

export interface FailurePosition {
  readonly kind: FailureKind;
  /** Of the row; the page begins behind it. */
  readonly id: string;
}

export interface FailureFilter {
  /** Left out: all kinds, one after the other. */
  readonly kind?: FailureKind | undefined;
  readonly accountId?: string | undefined;
  /** Only what has failed since then. */
  readonly since?: Date | undefined;
  readonly after?: FailurePosition | undefined;
  readonly limit: number;
}

/** So long an order may take until somebody should look why there is none. */
const UNORDERED_AFTER = '1 hour';

/** `$1` id after which to begin, `$2` account or null, `$3` time or null, `$4` limit. */
const STATEMENTS: Record<FailureKind, string> = {
  'remaining-messages': `
    SELECT b.id, a.source_id AS account_id, b.source_id AS brand_id,
      b.migration -> 'failure' ->> 'since' AS since, (b.migration -> 'failure' ->> 'times')::integer AS times,
      b.migration -> 'failure' ->> 'message' AS message, b.migration -> 'failure' ->> 'nextStep' AS next_step
    FROM brands b JOIN accounts a ON a.id = b.account_id
    WHERE b.migration ->> 'status' = 'remaining-messages-failure' AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE
      AND b.id > $1 AND ($2::text IS NULL OR a.source_id = $2)
      AND ($3::timestamptz IS NULL OR (b.migration -> 'failure' ->> 'since')::timestamptz >= $3)
    ORDER BY b.id LIMIT $4`,
  attachments: `
    SELECT x.id, a.source_id AS account_id, b.source_id AS brand_id, x.error ->> 'at' AS since, x.tries AS times,
      x.error ->> 'message' AS message, m.source_id AS message_id, x.source_id AS attachment_id
    FROM attachments x JOIN brands b ON b.id = x.brand_id JOIN accounts a ON a.id = b.account_id
      JOIN messages m ON m.id = x.message_id
    WHERE x.stored_url IS NULL AND (x.error ->> 'final')::boolean AND x.id > $1 AND ($2::text IS NULL OR a.source_id = $2)
      AND ($3::timestamptz IS NULL OR (x.error ->> 'at')::timestamptz >= $3)
    ORDER BY x.id LIMIT $4`,
  porting: `
    SELECT p.id, a.source_id AS account_id, b.source_id AS brand_id, p.status_at AS since, p.attempt AS times,
      p.reason AS message, p.status, c.source_id AS channel_id
    FROM phone_portings p JOIN accounts a ON a.id = p.account_id JOIN channels c ON c.id = p.channel_id
      JOIN brands b ON b.id = c.brand_id
    WHERE (p.status IN ('exception', 'refused', 'cancelled') OR p.status = 'pending' AND p.port_order_id IS NULL
        AND p.status_at < clock_timestamp() - interval '${UNORDERED_AFTER}'
        AND jsonb_typeof(a.migration -> 'cancelled') IS DISTINCT FROM 'object')
      AND p.id > $1 AND ($2::text IS NULL OR a.source_id = $2)
      AND ($3::timestamptz IS NULL OR p.status_at >= $3)
    ORDER BY p.id LIMIT $4`,
  quarantine: `
    SELECT q.id, q.account_source_id AS account_id, b.source_id AS brand_id, q.quarantined_at AS since, 1 AS times,
      q.reason AS message, q.source_table, q.source_key
    FROM quarantined_records q JOIN brands b ON b.id = q.brand_id
    WHERE q.id > $1 AND ($2::text IS NULL OR q.account_source_id = $2)
      AND ($3::timestamptz IS NULL OR q.quarantined_at >= $3)
    ORDER BY q.id LIMIT $4`,
};

/** Throws StoreUnavailable. */
export async function listFailures(
  pool: Pick<pg.Pool, 'query'>,
  filter: FailureFilter,
): Promise<FailedThing[]> {
  const found: FailedThing[] = [];
  const first = filter.after ? FAILURE_KINDS.indexOf(filter.after.kind) : 0;
  for (const kind of FAILURE_KINDS.slice(first)) {
    if (filter.kind !== undefined && filter.kind !== kind) continue;
    const left = filter.limit - found.length;
    if (left <= 0) break;
    const after = filter.after?.kind === kind ? filter.after.id : '0';
    found.push(...(await listOf(pool, kind, after, filter, left)));
  }
  return found;
}

/** How many there are of a kind. Throws StoreUnavailable. */
export async function countFailures(
  pool: Pick<pg.Pool, 'query'>,
  { kind, since }: { readonly kind: FailureKind; readonly since?: Date | undefined },
): Promise<number> {
  const [row] = await ask<{ count: string }>(pool, `SELECT count(*) FROM (${STATEMENTS[kind]}) found`, [
    '0',
    null,
    since ?? null,
    null,
  ]);
  return Number(row?.count ?? 0);
}

async function listOf(
  pool: Pick<pg.Pool, 'query'>,
  kind: FailureKind,
  after: string,
  { accountId, since }: FailureFilter,
  limit: number,
): Promise<FailedThing[]> {
  const values = [after, accountId ?? null, since ?? null, limit];
  const rows = await ask<Record<string, unknown>>(pool, STATEMENTS[kind], values);
  return rows.map((row) => failedThing(kind, row));
}

function failedThing(kind: FailureKind, row: Record<string, unknown>): FailedThing {
  const text = (name: string) =>
    typeof row[name] === 'string' || typeof row[name] === 'number' ? String(row[name]) : undefined;
  const since = row['since'];
  const common = {
    id: String(row['id']),
    accountId: text('account_id') ?? '',
    brandId: text('brand_id') ?? '',
    since: since instanceof Date ? since.toISOString() : (text('since') ?? new Date(0).toISOString()),
    times: Number(row['times'] ?? 1),
    message: text('message'),
  };
  switch (kind) {
    case 'remaining-messages':
      return { kind, ...common, nextStep: text('next_step') };
    case 'attachments':
      return {
        kind,
        ...common,
        messageId: text('message_id') ?? '',
        attachmentId: text('attachment_id') ?? '',
      };
    case 'porting':
      return { kind, ...common, status: text('status') ?? '', channelId: text('channel_id') ?? '' };
    case 'quarantine':
      return {
        kind,
        ...common,
        sourceTable: text('source_table') ?? '',
        sourceKey: text('source_key') ?? '',
      };
  }
}
