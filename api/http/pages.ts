import { cursorOf } from './cursors.js';

export interface Page<Item> {
  readonly page: readonly Item[];
  readonly next_cursor: string | null;
}

/** One page of `found`, which was read with `limit` + 1: the extra item shows whether there is another page. */
export function pageOf<Item>(
  found: readonly Item[],
  limit: number,
  positionOf: (last: Item) => readonly string[],
): Page<Item> {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, next_cursor: found.length > limit && last ? cursorOf(positionOf(last)) : null };
}
