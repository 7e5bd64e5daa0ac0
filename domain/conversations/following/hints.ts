/**
 * A hint that an item of the source may have changed. It carries no state: the receiver reads the item again, so hints may be repeated, late and
 * unordered. A message that moved to another brand is a hint for both.
 */
export type Hint =
  | { readonly table: 'threads'; readonly brandId: string; readonly threadId: string }
  | {
      readonly table: 'messages';
      readonly brandId: string;
      readonly threadId: string;
      readonly messageKey: string;
    };

/** How many threads and messages were added, changed and removed. */
export interface Applied {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** The brand whose items the hints of one call name; the source's ids. */
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

/** The hint from a key of a table's index by time: a thread's time of its last message, or a message's key. */
export function hintOfKey(
  table: Hint['table'],
  brandId: string,
  { threadId, rangeKey }: { readonly threadId: string; readonly rangeKey: string },
): Hint {
  return table === 'threads'
    ? { table, brandId, threadId }
    : { table, brandId, threadId, messageKey: rangeKey };
}
