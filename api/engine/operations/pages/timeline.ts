import { readTimeline } from '../../../../gateways/store/migrations/timeline.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import { readCursor } from '../../../http/cursors.js';
import { type Page, pageOf } from '../../../http/pages.js';
import { DEFAULT_LIMIT } from '../../../schemas/common.js';
import type { ApiKind, TimelineEvent, TimelineFilter } from '../../kind.js';
import { POSITION } from './list.js';

/** The failures of one migration that its timeline shows; the list of failures has all. */
const FAILURES = 100;

/** A page of what happened to a migration, newest first. Throws Problem 400; 404; StoreUnavailable. */
export async function timelineOf(
  store: Store,
  kind: ApiKind,
  key: string,
  { cursor, limit = DEFAULT_LIMIT }: { cursor?: string | undefined; limit?: number | undefined },
): Promise<Page<TimelineEvent>> {
  await kind.assertKnown(key);
  const filter = { before: cursor === undefined ? undefined : positionOf(cursor), limit: limit + 1 };
  const found = await Promise.all([
    readTimeline(store.pool, { kind: kind.name, subject: key }, filter) as Promise<TimelineEvent[]>,
    kind.readTimeline?.(key, filter) ?? [],
    failuresOf(kind, key, filter),
  ]);
  const events = found
    .flat()
    .toSorted((a, b) => newest(a, b))
    .slice(0, filter.limit);
  return pageOf(events, limit, ({ at, id }) => [at, id]);
}

async function failuresOf(
  { failures }: ApiKind,
  key: string,
  { before }: TimelineFilter,
): Promise<TimelineEvent[]> {
  const found = await failures.list({ key, limit: FAILURES });
  return found
    .map(({ kind: sort, id, unit, what, since, message }): TimelineEvent => ({
      at: since.replace(/(\.\d+)?Z$/, (_all, fraction = '.') => `${fraction.padEnd(7, '0')}Z`),
      id: `x${sort}-${id}`,
      type: 'failure',
      what,
      by: null,
      unit: unit === '' ? null : unit,
      detail: message,
    }))
    .filter((event) => before === undefined || newest(before, event) < 0);
}

type Position = Pick<TimelineEvent, 'at' | 'id'>;

/** Negative if `a` comes first. */
function newest(a: Position, b: Position): number {
  if (a.at !== b.at) return a.at > b.at ? -1 : 1;
  return Buffer.compare(Buffer.from(b.id), Buffer.from(a.id));
}

function positionOf(cursor: string): Position {
  const [at = '', id = ''] = readCursor(cursor, POSITION);
  return { at, id };
}
