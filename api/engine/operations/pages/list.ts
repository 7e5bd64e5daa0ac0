import { readCursor } from '../../../http/cursors.js';
import { type Page, pageOf } from '../../../http/pages.js';
import { Problem } from '../../../http/problems.js';
import { DEFAULT_LIMIT } from '../../../schemas/common.js';
import type { ApiKind, ListedMigration, ListPosition } from '../../kind.js';

/** The parts of a position's cursor. */
export const POSITION = [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, /^[^\0]+$/];

export interface ListQuery {
  readonly status?: string | undefined;
  readonly q?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of a list of migrations. Throws Problem 400 for a cursor of another list. */
export async function listPage<Row extends ListPosition>(
  { cursor, limit = DEFAULT_LIMIT, ...filter }: ListQuery,
  read: (filter: {
    readonly status?: string | undefined;
    readonly q?: string | undefined;
    readonly after?: ListPosition | undefined;
    readonly limit: number;
  }) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const after = cursor === undefined ? undefined : positionOf(cursor);
  const found = await read({ ...filter, after, limit: limit + 1 });
  return pageOf(found, limit, ({ changedAt, key }) => [changedAt, key]);
}

/** A page of a kind's migrations. Throws Problem 400 also for a status that the kind does not have. */
export function listKindPage(kind: ApiKind, query: ListQuery): Promise<Page<ListedMigration>> {
  assertWord('status', query.status, kind.statuses);
  return listPage(query, (filter) => kind.list(filter));
}

/** A row of a list, in an answer. */
export function listedRow(kind: string, found: ListedMigration) {
  return {
    kind,
    key: found.key,
    name: found.name,
    status: found.status,
    phase: found.phase,
    progress: found.progress,
    paused: found.paused,
    needs_attention: found.needsAttention,
    changed_at: found.changedAt,
  };
}

/** Throws Problem 400 for a query parameter whose value the kind does not have. */
export function assertWord(field: string, word: string | undefined, words: readonly string[]): void {
  if (word === undefined || words.includes(word)) return;
  const detail = `must be one of ${words.join(', ')}`;
  throw new Problem('invalid-input', `${field} ${detail}.`, {
    errors: [{ field, in: 'query', pointer: `#/${field}`, detail }],
  });
}

function positionOf(cursor: string): ListPosition {
  const [changedAt = '', key = ''] = readCursor(cursor, POSITION);
  return { changedAt, key };
}
