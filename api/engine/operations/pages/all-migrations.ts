import { readCursor } from '../../../http/cursors.js';
import { type Page, pageOf } from '../../../http/pages.js';
import { Problem } from '../../../http/problems.js';
import { DEFAULT_LIMIT } from '../../../schemas/common.js';
import type { ApiKind, ListedMigration, ListPosition } from '../../kind.js';
import { POSITION, assertWord } from './list.js';

export interface AllMigrationsQuery {
  readonly kind?: string | undefined;
  readonly status?: string | undefined;
  readonly phase?: string | undefined;
  readonly q?: string | undefined;
  readonly needs_attention?: 'true' | 'false' | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface KindRow extends ListedMigration {
  readonly kind: string;
}

/** Rows that one page looks at, at most, in search of those with a phase or that need attention. */
const MOST_LOOKED_AT = 500;

/**
 * A page over several kinds, the latest change first. Each kind is asked for no more than a page. Phases and failures are no columns that could be sought by an
 * index: with such a filter a page looks at a bounded number of migrations, and may be shorter than its limit although another follows. Throws Problem 400.
 */
export async function allMigrationsPage(
  kinds: readonly ApiKind[],
  { cursor, limit = DEFAULT_LIMIT, status, q, phase, needs_attention: attention }: AllMigrationsQuery,
): Promise<Page<KindRow>> {
  const asked = kinds.filter((kind) => status === undefined || kind.statuses.includes(status));
  if (asked.length === 0) assertWord('status', status, [...new Set(kinds.flatMap((kind) => kind.statuses))]);
  const isWanted = (row: KindRow) =>
    (phase === undefined || row.phase === phase) &&
    (attention === undefined || row.needsAttention === (attention === 'true'));
  const step = phase === undefined && attention === undefined ? limit + 1 : 100;
  const found: KindRow[] = [];
  let after = cursor === undefined ? undefined : positionOf(cursor);
  for (let lookedAt = 0; ; lookedAt += step) {
    const rows = await latest(asked, { status, q, after, limit: step });
    found.push(...rows.filter(isWanted));
    const last = rows.at(-1);
    if (found.length > limit || rows.length < step || last === undefined) return cut(found, limit);
    after = last;
    if (lookedAt + step >= MOST_LOOKED_AT) return { page: found, next_cursor: pageCursor(last) };
  }
}

/** One migration, as a list shows it. Throws Problem 404. */
export async function migrationRow(kind: ApiKind, key: string): Promise<KindRow> {
  const [row] = await kind.list({ key, limit: 1 });
  if (row !== undefined) return { ...row, kind: kind.name };
  await kind.assertKnown(key);
  throw new Problem('not-found', 'The migration has no status yet.');
}

/** Merges the lists of all kinds, each already in this order and no longer than needed. */
async function latest(kinds: readonly ApiKind[], filter: Parameters<ApiKind['list']>[0]): Promise<KindRow[]> {
  const lists = await Promise.all(
    kinds.map(async (kind) => (await kind.list(filter)).map((row) => ({ ...row, kind: kind.name }))),
  );
  return lists
    .flat()
    .toSorted((a, b) => (a.changedAt === b.changedAt ? 0 : a.changedAt < b.changedAt ? 1 : -1))
    .slice(0, filter.limit);
}

function cut(found: readonly KindRow[], limit: number): Page<KindRow> {
  return pageOf(found, limit, ({ changedAt, key }) => [changedAt, key]);
}

function pageCursor(last: ListPosition): string | null {
  return pageOf([last, last], 1, ({ changedAt, key }) => [changedAt, key]).next_cursor;
}

function positionOf(cursor: string): ListPosition {
  const [changedAt = '', key = ''] = readCursor(cursor, POSITION);
  return { changedAt, key };
}
