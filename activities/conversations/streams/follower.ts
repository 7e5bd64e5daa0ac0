import type { Clock } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { brandIndex } from '../../../gateways/dynamodb/streams/scanned-records.js';
import type { StreamPage } from '../../../gateways/dynamodb/streams/records.js';
import type { SourceStream } from '../../../gateways/dynamodb/streams/source-stream.js';
import { readShards, leaveTable } from '../../../gateways/store/conversations/streams/follow-tables.js';
import type {
  ClaimedTable,
  FollowedTable,
} from '../../../gateways/store/conversations/streams/follow-tables.js';
import { readJoined } from '../../../gateways/store/conversations/streams/followed-brands.js';
import type { GapReason } from '../../../gateways/store/conversations/streams/gaps.js';
import { movePositions } from '../../../gateways/store/conversations/streams/move-positions.js';
import { readShard } from './read-shard.js';
import type { Lost, ShardRead, ShardReading } from './read-shard.js';
import { routeHints } from './route-hints.js';
import type { Routing } from './route-hints.js';
import { ShardBook } from './shard-book.js';
import type { FollowedShard, ReadPace } from './shard-book.js';

export interface FollowerDependencies extends Omit<Routing, 'signal'> {
  readonly stream: SourceStream;
  readonly clock: Clock;
  readonly pace?: ReadPace;
  /** Called after each move with the number of records that were read, and the greatest possible age of an unread change. */
  readonly onMoved?: ((table: FollowedTable, records: number, lagSeconds: number) => void) | undefined;
}

/**
 * `stopped`: by the signal. `lost`: another lane has claimed the table. `left`: no brand needs the stream any more. `ended`: the stream was switched
 * off, and everything is read.
 */
export type FollowerEnd = 'stopped' | 'lost' | 'left' | 'ended';

export const READ_PACE: ReadPace = { busyMs: 200, idleMs: 1_000 };
const SHARDS_AT_ONCE = 8;
/** The pause before a shard is read again that was throttled in spite of the client's own retries. */
const THROTTLED_MS = 2_000;
/** Positions are written after this much. Until then the pages stay in memory. */
const MOVE_AFTER_MS = 1_000;
const MOVE_AFTER_BYTES = 8_000_000;
/** The pause when nothing was read. */
const MOVE_IDLE_MS = 10_000;
/** How often the stream's shards are listed besides the ends of shards, which are what adds new ones. */
const LIST_EVERY_MS = 60_000;
const LIST_CHILDREN_EVERY_MS = 2_000;
/** How often brands that have left are forgotten. Brands that join are found with each move. */
const FORGET_EVERY_MS = 60_000;

/**
 * Follows a table's stream.
 *
 * 1. Reads some of the due shards. Finds the changes of followed brands in the bytes of the answers.
 * 2. Applies them, or stores those that could not be applied.
 * 3. Moves the positions of shards in one transaction under the lease. If a brand has joined meanwhile, first searches the pages read since the last
 *    move for its changes.
 * 4. Lists the stream's shards when one has ended.
 *
 * A crash anywhere repeats the work since the last move, which changes nothing: a hint tells where to look, not what is there.
 */
export class Follower {
  readonly #deps: FollowerDependencies;
  readonly #held: ClaimedTable;
  readonly #signal: AbortSignal;
  #book!: ShardBook;
  #joined = 0n;
  #brands = brandIndex([]);
  /** Pages that were read since the last move. */
  #pages: StreamPage[] = [];
  #gap: GapReason | undefined;
  #movedAt: number;
  #listedAt = Number.NEGATIVE_INFINITY;
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(deps: FollowerDependencies, held: ClaimedTable, signal: AbortSignal) {
    this.#deps = deps;
    this.#held = held;
    this.#signal = signal;
    this.#movedAt = deps.clock.elapsed();
  }

  /** Runs until the signal is aborted. Throws CarryoverError when the source or the store fails; a later follower continues. */
  async run(): Promise<FollowerEnd> {
    const { pool, pace = READ_PACE } = this.#deps;
    this.#book = new ShardBook(await readShards(pool, this.#held.table), pace);
    while (!this.#signal.aborted) {
      const end = await this.#step();
      if (end !== undefined) return end;
      await this.#untilDue();
    }
    return (await this.#move()) ?? 'stopped';
  }

  async #step(): Promise<FollowerEnd | undefined> {
    const { clock } = this.#deps;
    if (this.#pages.length === 0 && clock.elapsed() - this.#forgotAt >= FORGET_EVERY_MS) {
      if (await this.#learnBrands()) return 'left';
    }
    const isOver = this.#isListingDue() && (await this.#list());
    await this.#read();
    if (isOver) return (await this.#move()) ?? 'ended';
    return this.#isMoveDue() ? this.#move() : undefined;
  }

  /**
   * Reads again which brands are followed, to forget those that have left. Only while no page waits, because a page was read for the brands of its
   * time. Returns whether no brand needs the stream.
   */
  async #learnBrands(): Promise<boolean> {
    const { pool, clock } = this.#deps;
    const { last, brands } = await readJoined(pool, this.#held.table, 0n);
    this.#joined = last;
    this.#brands = brandIndex(brands.map(({ brandId }) => brandId));
    this.#forgotAt = clock.elapsed();
    return brands.length === 0 && leaveTable(pool, this.#held);
  }

  #isListingDue(): boolean {
    const every = this.#book.awaitsChildren ? LIST_CHILDREN_EVERY_MS : LIST_EVERY_MS;
    return this.#deps.clock.elapsed() - this.#listedAt >= every;
  }

  /** Returns whether nothing is left to read and nothing can be added. */
  async #list(): Promise<boolean> {
    const { stream, clock } = this.#deps;
    const now = new Date(clock.now());
    const listed = await stream.list(this.#held.streamArn, this.#signal);
    if (this.#book.list(listed, now)) this.#lose('parent-unread');
    this.#listedAt = clock.elapsed();
    return !listed.isEnabled && this.#book.nextDueAt === undefined;
  }

  async #read(): Promise<void> {
    const { stream, clock } = this.#deps;
    const reading = {
      stream,
      clock,
      arn: this.#held.streamArn,
      book: this.#book,
      brands: this.#brands,
      signal: this.#signal,
    };
    // A stream may have hundreds of shards, whose pages together would fill the memory.
    const due = this.#book.due(clock.elapsed()).slice(0, SHARDS_AT_ONCE);
    const answers = await Promise.all(due.map((shard) => this.#readUnlessThrottled(shard, reading)));
    const reads = answers.filter((answer) => answer !== undefined);
    const hints = reads.flatMap(({ page }) => page?.hints ?? []);
    await routeHints(hints, { ...this.#deps, signal: this.#signal });
    for (const { shard, page, lost } of reads) {
      this.#book.put(shard);
      if (lost !== undefined) this.#lose(lost, shard.id);
      if (shard.isRead || shard.isUnreadable) this.#listedAt = Number.NEGATIVE_INFINITY;
      if (page === undefined) continue;
      if (page.count > 0) this.#pages.push(page);
      else page.release();
    }
  }

  #lose(why: Lost | 'parent-unread', shard?: string): void {
    this.#gap ??= 'too-old';
    const { table } = this.#held;
    this.#deps.logger.warn({ table, shard, why }, 'Changes are lost that the stream kept no longer');
  }

  /** DynamoDB throttles each shard separately, when others read it too. The other shards continue. */
  async #readUnlessThrottled(shard: FollowedShard, reading: ShardReading): Promise<ShardRead | undefined> {
    try {
      return await readShard(shard, reading);
    } catch (error) {
      if (!(error instanceof CarryoverError) || error.type !== 'SourceThrottled') throw error;
      this.#book.delay(shard, this.#deps.clock.elapsed() + THROTTLED_MS);
      return undefined;
    }
  }

  #isMoveDue(): boolean {
    if (this.#gap !== undefined) return true;
    const bytes = this.#pages.reduce((sum, page) => sum + page.bytes, 0);
    const since = this.#deps.clock.elapsed() - this.#movedAt;
    return bytes >= MOVE_AFTER_BYTES || since >= (bytes > 0 ? MOVE_AFTER_MS : MOVE_IDLE_MS);
  }

  /** Returns `lost` if another lane has claimed the table. */
  async #move(): Promise<'lost' | undefined> {
    const { pool, clock, onMoved } = this.#deps;
    for (;;) {
      const outcome = await movePositions(pool, this.#held, {
        ...this.#book.unwritten,
        joined: this.#joined,
        gap: this.#gap,
      });
      if (outcome === 'lost') return 'lost';
      if (outcome === 'moved') break;
      await this.#catchUp();
    }
    const records = this.#pages.reduce((sum, { count }) => sum + count, 0);
    const lagMs = clock.now() - (this.#book.readUntil?.getTime() ?? clock.now());
    onMoved?.(this.#held.table, records, Math.max(0, lagMs) / 1_000);
    for (const page of this.#pages) page.release();
    [this.#pages, this.#gap] = [[], undefined];
    this.#book.settle();
    this.#movedAt = clock.elapsed();
    return undefined;
  }

  /** Searches the pages read since the last move for changes of brands that have joined. */
  async #catchUp(): Promise<void> {
    const { last, brands } = await readJoined(this.#deps.pool, this.#held.table, this.#joined);
    const joined = brandIndex(brands.map(({ brandId }) => brandId));
    const hints = this.#pages.flatMap((page) => page.hintsOf(joined));
    await routeHints(hints, { ...this.#deps, signal: this.#signal });
    this.#joined = last;
    this.#brands = new Map([...this.#brands, ...joined]);
  }

  async #untilDue(): Promise<void> {
    const { clock } = this.#deps;
    const now = clock.elapsed();
    const dueAt = Math.min(this.#book.nextDueAt ?? Infinity, now + MOVE_AFTER_MS);
    if (dueAt > now) await clock.sleep(dueAt - now, { signal: this.#signal }).catch(() => undefined);
  }
}
