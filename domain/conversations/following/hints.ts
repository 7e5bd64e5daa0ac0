/**
 * A hint that an item of the source may have changed. It carries no state: whoever gets one reads the item again,
 * so hints may be repeated, late and in any order. A message that moved to another brand is a hint for both.
 */
export type Hint =
  | { readonly table: 'threads'; readonly brandId: string; readonly threadId: string }
  | {
      readonly table: 'messages';
      readonly brandId: string;
      readonly threadId: string;
      readonly messageKey: string;
    };

/** How many threads and messages came, changed and went. */
export interface Applied {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** Whose items the hints of one call name, as the source calls them. */
export interface FollowedBrand {
  readonly accountId: string;
  readonly brandId: string;
}

/**
 * Reads the items that the hints name and brings the store in line with them. All hints are of the brand, at most a few
 * hundred. A second call with the same hints changes nothing.
 */
export type ApplyHints = (
  brand: FollowedBrand,
  hints: readonly Hint[],
  signal: AbortSignal,
) => Promise<Applied>;

/** The hint that a key in a table's index by time gives: of a thread its last message's time, of a message its key. */
export function hintOfKey(
  table: Hint['table'],
  brandId: string,
  { threadId, rangeKey }: { readonly threadId: string; readonly rangeKey: string },
): Hint {
  return table === 'threads'
    ? { table, brandId, threadId }
    : { table, brandId, threadId, messageKey: rangeKey };
}
