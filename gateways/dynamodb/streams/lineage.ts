import type { Shard } from './shards.js';

/** A shard that a follower knows. */
export interface KnownShard {
  readonly id: string;
  readonly parent: string | undefined;
  /** The shard is read to its end. */
  readonly isRead: boolean;
}

export interface LineageChange {
  /** Shards that the follower does not know yet. */
  readonly added: readonly Shard[];
  /** Shards that were read and that the stream has dropped. */
  readonly dropped: readonly string[];
  /** A new shard has an unknown parent that the stream has already dropped: changes are lost. */
  readonly isBroken: boolean;
}

/** Compares what a follower knows with what the stream has. */
export function compareLineage(known: readonly KnownShard[], listed: readonly Shard[]): LineageChange {
  const knownIds = new Set(known.map(({ id }) => id));
  const listedIds = new Set(listed.map(({ id }) => id));
  const parents = new Set(listed.map(({ parent }) => parent));
  for (const { parent } of known) parents.add(parent);
  const added = listed.filter(({ id }) => !knownIds.has(id));
  return {
    added,
    // A shard without a known child stays, so that its child's parent is known.
    dropped: known
      .filter(({ id, isRead }) => isRead && !listedIds.has(id) && parents.has(id))
      .map(({ id }) => id),
    isBroken: added.some(
      ({ parent }) => parent !== undefined && !knownIds.has(parent) && !listedIds.has(parent),
    ),
  };
}

/** The shards to read now. A parent must be read before its children, so that an item's changes stay in order. */
export function readableShards<Some extends KnownShard>(known: readonly Some[]): Some[] {
  const unread = new Set(known.filter(({ isRead }) => !isRead).map(({ id }) => id));
  return known.filter(({ isRead, parent }) => !isRead && (parent === undefined || !unread.has(parent)));
}

/** Whether a shard that is read to its end has no known child yet. */
export function awaitsChildren(known: readonly KnownShard[]): boolean {
  const parents = new Set(known.map(({ parent }) => parent));
  return known.some(({ id, isRead }) => isRead && !parents.has(id));
}
