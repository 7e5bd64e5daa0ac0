/** What needs a person, one row for each item, in a stable order: by kind, then by the row's id. */

import type pg from 'pg';
import { CONVERSATIONS } from '../../../../../domain/conversations/migration.js';
import {
  FAILURE_KINDS,
  type FailedThing,
  type FailureKind,
} from '../../../../../domain/conversations/failed-things.js';
import type { FollowingFailure } from '../../../../../domain/conversations/following/failures.js';
import type { DifferenceCount } from '../../../../../domain/engine/failures/failed-things.js';
import { isFailureType, type RecordedFailure } from '../../../../../domain/engine/failures/failures.js';
import type { BrandStatus } from '../../../../../domain/conversations/statuses.js';
import { JOIN_MIGRATION } from '../account-migration.js';
import { IS_UNRESOLVED } from '../../../proof/unresolved.js';
import { ask } from '../../../sql/ask.js';
import { followingFailures, isFollowingFailureId } from './following.js';
import { WAITING_ANYWHERE } from '../../attachments/attachment-states.js';
import { ROOTED_RECORDS } from '../../quarantine/quarantine-groups.js';

export interface FailurePosition {
  readonly kind: FailureKind;
  /** The row's id, after which the page begins. */
  readonly id: string;
}

export interface FailureFilter {
  /** Undefined: all kinds, one after the other. */
  readonly kind?: FailureKind | undefined;
  readonly accountId?: string | undefined;
  /** Only failures since then. */
  readonly since?: Date | undefined;
  readonly after?: FailurePosition | undefined;
  readonly limit: number;
}

/** How long an order may take before it needs a person. */
const UNORDERED_AFTER = '1 hour';
/** How long attachments may wait before they need a person: usual tries end within three hours. */
const WAITED_AFTER = '1 day';

/** SQL: brands with their unresolved failures. Older versions have written only the failure itself. */
function ofBrands(kind: FailureKind, status: BrandStatus, id: string, of: OfAccount): string {
  return `
    SELECT ${id} AS id, a.source_id AS account_id, b.source_id AS brand_id,
      coalesce(b.migration -> 'unresolved' -> '${kind}',
        CASE WHEN b.migration ->> 'status' = '${status}' THEN b.migration -> 'failure' END) AS failure
    FROM brands b JOIN accounts a ON a.id = b.account_id
    WHERE (b.migration ->> 'withdrawn')::boolean IS NOT TRUE AND ${of('a.source_id')}`;
}

const FAILED_WORK = `jsonb_typeof(failure) = 'object' AND ($3::timestamptz IS NULL OR (failure ->> 'since')::timestamptz >= $3)`;

function ofPhase(kind: 'recent-messages' | 'remaining-messages', of: OfAccount): string {
  return `
    SELECT * FROM (${ofBrands(kind, `${kind}-failure`, 'b.id', of)}) found
    WHERE ${FAILED_WORK} AND id > $1::bigint
    ORDER BY id LIMIT $4`;
}

/** SQL: whether this column holds the id of the row's account. */
type OfAccount = (column: string) => string;

/** `$1` id after which to begin, `$2` account or null, `$3` time or null, `$4` limit. */
const statements = (of: OfAccount): Record<FailureKind, string> => ({
  brand: `
    SELECT * FROM (
      SELECT 'a' || lpad(a.id::text, 18, '0') AS id, a.source_id AS account_id, '' AS brand_id,
        coalesce(nullif(a.migration -> 'failure', 'null'), a.migration -> 'lastFailure') AS failure
      FROM accounts a WHERE ${of('a.source_id')}
      UNION ALL ${ofBrands('brand', 'channel-failure', "'b' || lpad(b.id::text, 18, '0')", of)}
      UNION ALL
      SELECT 'f' || lpad(a.id::text, 18, '0') || md5(f.key), a.source_id, f.key, f.value
      FROM accounts a, jsonb_each(coalesce(a.migration -> 'foreignBrands', a.migration -> 'lastForeignBrands')) f
      WHERE ${of('a.source_id')}
    ) found
    WHERE ${FAILED_WORK} AND id COLLATE "C" > $1
    ORDER BY id COLLATE "C" LIMIT $4`,
  'recent-messages': ofPhase('recent-messages', of),
  'remaining-messages': ofPhase('remaining-messages', of),
  // Brands with waiting attachments come first because of their negative ids: both parts can then be read in order by an index.
  attachments: `
    SELECT * FROM (
      (SELECT -b.id AS id, a.source_id AS account_id, b.source_id AS brand_id, x.since, 0 AS times,
        NULL AS message, NULL AS message_id, NULL AS attachment_id, x.waiting
      FROM (
        SELECT brand_id, count(*) AS waiting, min(waiting_since) AS since FROM attachments
        WHERE ${WAITING_ANYWHERE} AND waiting_since <= statement_timestamp() - interval '${WAITED_AFTER}' GROUP BY brand_id
      ) x JOIN brands b ON b.id = x.brand_id JOIN accounts a ON a.id = b.account_id ${JOIN_MIGRATION}
      WHERE m.paused IS NULL
        AND -b.id > $1::bigint AND ${of('a.source_id')} AND ($3::timestamptz IS NULL OR x.since >= $3)
      ORDER BY -b.id LIMIT $4)
      UNION ALL
      (SELECT x.id, a.source_id, b.source_id, (x.error ->> 'at')::timestamptz, x.tries,
        x.error ->> 'message', m.source_id, x.source_id, NULL
      FROM attachments x JOIN brands b ON b.id = x.brand_id JOIN accounts a ON a.id = b.account_id
        JOIN messages m ON m.id = x.message_id
      WHERE x.stored_url IS NULL AND (x.error ->> 'final')::boolean AND x.id > $1::bigint
        AND ${of('a.source_id')} AND ($3::timestamptz IS NULL OR (x.error ->> 'at')::timestamptz >= $3)
      ORDER BY x.id LIMIT $4)
    ) found ORDER BY id LIMIT $4`,
  porting: `
    SELECT p.id, a.source_id AS account_id, b.source_id AS brand_id, p.status_at AS since, p.attempt AS times,
      p.reason AS message, p.status, c.source_id AS channel_id
    FROM phone_portings p JOIN accounts a ON a.id = p.account_id JOIN channels c ON c.id = p.channel_id
      JOIN brands b ON b.id = c.brand_id ${JOIN_MIGRATION}
    WHERE (p.status IN ('exception', 'refused', 'cancelled') OR p.status = 'pending' AND p.port_order_id IS NULL
        AND p.status_at < clock_timestamp() - interval '${UNORDERED_AFTER}'
        AND m.cancelled IS NULL)
      AND p.id > $1::bigint AND ${of('a.source_id')}
      AND ($3::timestamptz IS NULL OR p.status_at >= $3)
    ORDER BY p.id LIMIT $4`,
  quarantine: `
    SELECT q.id, q.account_source_id AS account_id, b.source_id AS brand_id, q.quarantined_at AS since, 1 AS times,
      q.reason AS message, q.source_table, q.source_key, r.reason AS thread_reason
    FROM ${ROOTED_RECORDS}
    WHERE q.waived_at IS NULL AND q.id > $1::bigint AND ${of('q.account_source_id')}
      AND ($3::timestamptz IS NULL OR q.quarantined_at >= $3)
    ORDER BY q.id LIMIT $4`,
  verification: `
    SELECT * FROM (
      SELECT a.id, a.source_id AS account_id, '' AS brand_id, v.since, v.times, v.failure,
        (SELECT jsonb_agg(d) FROM (
          SELECT d.source_table AS table, d.difference, sum(d.count) AS count
          FROM carryover.verification_differences d
          WHERE d.verification_id = v.id AND d.pass = (
            SELECT max(pass) FROM carryover.verification_units t WHERE (t.verification_id, t.unit_id) = (d.verification_id, d.unit_id))
          GROUP BY 1, 2 ORDER BY 1, 2) d) AS differences
      FROM accounts a CROSS JOIN LATERAL (
        SELECT (array_agg(o.id ORDER BY o.state = 'unequal' DESC, o.id DESC))[1] AS id,
          (array_agg(o.failure ORDER BY o.state = 'unequal' DESC, o.id DESC))[1] AS failure,
          min(o.ended_at) AS since, count(*) AS times
        FROM carryover.verifications o
        WHERE o.kind = '${CONVERSATIONS}' AND o.subject = a.source_id AND ${IS_UNRESOLVED}
      ) v WHERE v.id IS NOT NULL
    ) found
    WHERE id > $1::bigint AND ${of('account_id')} AND ($3::timestamptz IS NULL OR since >= $3)
    ORDER BY id LIMIT $4`,
  following: followingFailures(of),
});

const STATEMENTS = statements((column) => `($2::text IS NULL OR ${column} = $2)`);

/** The position before all rows. */
const FIRST: Record<FailureKind, string> = {
  brand: '',
  'recent-messages': '0',
  'remaining-messages': '0',
  attachments: '-9223372036854775808',
  porting: '0',
  quarantine: '0',
  verification: '0',
  following: '',
};

/** Whether an id can occur in a list of this kind. */
export function isFailureId(kind: FailureKind, id: string): boolean {
  if (kind === 'following') return isFollowingFailureId(id);
  return kind === 'brand' ? /^[abf]\d{18}([0-9a-f]{32})?$/.test(id) : /^-?\d{1,18}$/.test(id);
}

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
    const after = filter.after?.kind === kind ? filter.after.id : FIRST[kind];
    found.push(...(await listOf(pool, kind, after, filter, left)));
  }
  return found;
}

const OF_WANTED = statements((column) => `${column} = wanted.id`);

/** The accounts among these with something that needs a person. Throws StoreUnavailable. */
export async function accountsThatNeedAttention(
  pool: Pick<pg.Pool, 'query'>,
  accountIds: readonly string[],
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const kind of FAILURE_KINDS) {
    const rows = await ask<{ id: string }>(
      pool,
      `SELECT wanted.id FROM unnest($2::text[]) AS wanted (id) WHERE EXISTS (${OF_WANTED[kind]})`,
      [FIRST[kind], accountIds.filter((id) => !found.has(id)), null, 1],
    );
    for (const { id } of rows) found.add(id);
  }
  return found;
}

/** Counts the failures of a kind. Throws StoreUnavailable. */
export async function countFailures(
  pool: Pick<pg.Pool, 'query'>,
  { kind, since }: { readonly kind: FailureKind; readonly since?: Date | undefined },
): Promise<number> {
  const [row] = await ask<{ count: string }>(pool, `SELECT count(*) FROM (${STATEMENTS[kind]}) found`, [
    FIRST[kind],
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
  const failure = row['failure'] as Partial<RecordedFailure> | null | undefined;
  const since = row['since'];
  const common = {
    id: String(row['id']),
    accountId: text('account_id') ?? '',
    brandId: text('brand_id') ?? '',
    since: since instanceof Date ? since.toISOString() : (failure?.since ?? new Date(0).toISOString()),
    times: Number(row['times'] ?? failure?.times ?? 1),
    message: text('message') ?? failure?.message,
  };
  const type = failure?.type && isFailureType(failure.type) ? failure.type : undefined;
  switch (kind) {
    case 'brand':
    case 'recent-messages':
    case 'remaining-messages':
      return { kind, ...common, type, nextStep: failure?.nextStep };
    case 'attachments':
      return row['waiting'] === null
        ? {
            kind,
            ...common,
            messageId: text('message_id') ?? '',
            attachmentId: text('attachment_id') ?? '',
          }
        : { kind, ...common, waiting: Number(row['waiting']) };
    case 'porting':
      return { kind, ...common, status: text('status') ?? '', channelId: text('channel_id') ?? '' };
    case 'quarantine':
      return {
        kind,
        ...common,
        sourceTable: text('source_table') ?? '',
        sourceKey: text('source_key') ?? '',
        threadReason: text('thread_reason'),
      };
    case 'verification':
      return {
        kind,
        ...common,
        type,
        nextStep: failure?.nextStep,
        differences: (row['differences'] as DifferenceCount[] | null) ?? [],
      };
    case 'following':
      return { kind, ...common, failure: row['following'] as FollowingFailure };
  }
}
