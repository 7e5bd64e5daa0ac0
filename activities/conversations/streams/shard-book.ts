import type { StreamPage } from '../../../gateways/dynamodb/streams/records.js';
import {
  awaitsChildren,
  compareLineage,
  readableShards,
} from '../../../gateways/dynamodb/streams/lineage.js';
import type { StreamShards } from '../../../gateways/dynamodb/streams/shards.js';
import type { ShardPosition } from '../../../gateways/store/conversations/streams/follow-tables.js';

/** A shard as its follower knows it. */
export interface FollowedShard extends ShardPosition {
  /** Where reading continues. It expires after 15 minutes. */
  readonly iterator?: string | undefined;
  /** The number of consecutive answers without a record. */
  readonly emptyReads: number;
  /** Not even its oldest record could be read. */
  readonly isUnreadable?: boolean;
  /** When it may be read again, as the clock's `elapsed`. */
  readonly dueAt: number;
}

/** Milliseconds between two reads of a shard. DynamoDB allows 5 a second. */
export interface ReadPace {
  readonly busyMs: number;
  readonly idleMs: number;
}

/** An answer without records may precede one with records. After this many, the reader is at the shard's end. */
const EMPTY_READS_AT_END = 5;

/** The shards of a stream, with the changes that are not written yet. */
export class ShardBook {
  readonly #shards: Map<string, FollowedShard>;
  readonly #changed = new Set<string>();
  readonly #dropped = new Set<string>();

  constructor(
    written: readonly ShardPosition[],
    private readonly pace: ReadPace,
  ) {
    this.#shards = new Map(written.map((shard) => [shard.id, { ...shard, emptyReads: 0, dueAt: 0 }]));
  }

  /** A shard was read to its end, and its children are unknown. */
  get awaitsChildren(): boolean {
    return awaitsChildren([...this.#shards.values()]);
  }

  /** The shards to read now, longest overdue first. */
  due(elapsed: number): FollowedShard[] {
    const due = this.#readable().filter(({ dueAt }) => dueAt <= elapsed);
    return due.toSorted((a, b) => a.dueAt - b.dueAt);
  }

  /** When the next shard is due; undefined when there is none to read. */
  get nextDueAt(): number | undefined {
    const dueAt = this.#readable().map((shard) => shard.dueAt);
    return dueAt.length === 0 ? undefined : Math.min(...dueAt);
  }

  /** Merges the stream's list of shards. Returns whether changes are lost. */
  list({ shards: listed }: StreamShards, now: Date): boolean {
    const known = [...this.#shards.values()];
    const { added, dropped, isBroken } = compareLineage(known, listed);
    // A child begins after its parent was last seen open.
    const earliest = known.reduce((least, { readUntil }) => (readUntil < least ? readUntil : least), now);
    for (const { id, parent } of added) {
      const readUntil = this.#shards.get(parent ?? '')?.readUntil ?? earliest;
      this.put({ id, parent, position: undefined, readUntil, isRead: false, emptyReads: 0, dueAt: 0 });
    }
    const open = new Set(listed.filter(({ isClosed }) => !isClosed).map(({ id }) => id));
    for (const shard of known.filter(({ isUnreadable }) => isUnreadable))
      this.put({ ...shard, isUnreadable: false, isRead: !open.has(shard.id) });
    for (const id of dropped) {
      this.#shards.delete(id);
      this.#changed.delete(id);
      this.#dropped.add(id);
    }
    return isBroken;
  }

  put(shard: FollowedShard): void {
    this.#shards.set(shard.id, shard);
    this.#changed.add(shard.id);
  }

  /** Delays the next read of the shard. */
  delay(shard: FollowedShard, dueAt: number): void {
    this.#shards.set(shard.id, { ...shard, dueAt });
  }

  /** The shard after a page that was asked for at `asked`. */
  after(shard: FollowedShard, page: StreamPage, asked: Date, elapsed: number): FollowedShard {
    const { count, last, next } = page;
    const emptyReads = count === 0 ? shard.emptyReads + 1 : 0;
    // An answer without a record that ends a shard does not say when it was closed.
    const isAtEnd = emptyReads >= EMPTY_READS_AT_END && next !== undefined;
    const until = isAtEnd ? asked : (last?.createdAt ?? shard.readUntil);
    return {
      ...shard,
      position: last?.sequence ?? shard.position,
      readUntil: until > shard.readUntil ? until : shard.readUntil,
      isRead: next === undefined,
      iterator: next,
      emptyReads,
      dueAt: elapsed + (count === 0 ? this.pace.idleMs : this.pace.busyMs),
    };
  }

  /** All changes before this time were read; undefined when nothing is left to read. */
  get readUntil(): Date | undefined {
    const unread = [...this.#shards.values()].filter(({ isRead }) => !isRead);
    return unread
      .map(({ readUntil }) => readUntil)
      .reduce<Date | undefined>((a, b) => (a && a < b ? a : b), undefined);
  }

  /** The changes that are not written yet. */
  get unwritten(): { readonly shards: readonly ShardPosition[]; readonly dropped: readonly string[] } {
    const shards = [...this.#changed].flatMap((id) => this.#shards.get(id) ?? []);
    return { shards, dropped: [...this.#dropped] };
  }

  /** Called once they are written. */
  settle(): void {
    this.#changed.clear();
    this.#dropped.clear();
  }

  #readable(): FollowedShard[] {
    return readableShards([...this.#shards.values()]).filter(({ isUnreadable }) => isUnreadable !== true);
  }
}
