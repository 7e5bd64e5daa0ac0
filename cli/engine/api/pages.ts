/** The API's largest page. */
const PAGE = 100;

export interface PageWish {
  readonly cursor: string | undefined;
  readonly limit: string;
}

/** The last line of a list that has more than `limit` items. */
export function moreThan(limit: number): string {
  return `There are more: --limit ${limit * 2}.`;
}

/** Reads up to `limit` items of a list, page by page. */
export async function readPages<Page extends { readonly next_cursor: string | null }, Item>(
  limit: number,
  ask: (wish: PageWish) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<{ readonly found: readonly Item[]; readonly more: boolean }> {
  const found: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask({ cursor, limit: String(Math.min(PAGE, limit - found.length)) });
    found.push(...itemsOf(page));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && found.length < limit);
  return { found, more: cursor !== undefined };
}
