import { readCursor } from '../../../http/cursors.js';
import { type Page, pageOf } from '../../../http/pages.js';
import { DEFAULT_LIMIT } from '../../../schemas/common.js';
import type { ApiKind, FailurePosition, FailureSource, ListedFailure } from '../../kind.js';
import { assertWord } from './list.js';

export interface FailuresQuery {
  readonly kind?: string | undefined;
  readonly key?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of what needs a person, of one migration or of all. Throws Problem 400; 404 for an unknown migration. */
export async function failuresPage(
  { failures, assertKnown }: Pick<ApiKind, 'failures' | 'assertKnown'>,
  { kind, key, cursor, limit = DEFAULT_LIMIT }: FailuresQuery,
): Promise<Page<ListedFailure>> {
  assertWord('kind', kind, failures.kinds);
  const after = cursor === undefined ? undefined : positionOf(failures, cursor);
  const found = await failures.list({ kind, key, after, limit: limit + 1 });
  if (found.length === 0 && key !== undefined) await assertKnown(key);
  return pageOf(found, limit, (last) => [last.kind, last.id]);
}

function positionOf(failures: FailureSource, cursor: string): FailurePosition {
  const isPlace = ([kind = '', id = '']: readonly string[]) =>
    failures.kinds.includes(kind) && failures.isPosition({ kind, id });
  const [kind = '', id = ''] = readCursor(cursor, [/^[-a-z]{1,60}$/, /^[-\w]{1,60}$/], isPlace);
  return { kind, id };
}
