import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readShard } from '../../../../../activities/conversations/streams/read-shard.js';
import { ShardBook } from '../../../../../activities/conversations/streams/shard-book.js';
import { startingShards } from '../../../../../activities/conversations/streams/stream-starts.js';
import { brandIndex } from '../../../../../gateways/dynamodb/streams/scanned-records.js';
import type { ShardPosition } from '../../../../../gateways/store/conversations/streams/follow-tables.js';
import { VirtualClock } from '../../../../support/virtual-clock.js';
import { MemoryStream } from '../memory-stream.js';

const ARN = 'arn:stream:1';
const HOUR = 3_600_000;
const { signal } = new AbortController();
const PACE = { busyMs: 200, idleMs: 1_000 };

/** A follower of shards only: what it has found, and what it has written. */
class Reading {
  readonly clock = new VirtualClock();
  readonly stream: MemoryStream;
  readonly found: string[] = [];
  /** The time before which changes may have been lost, as it reported. */
  gapAt = Number.NEGATIVE_INFINITY;
  private written = new Map<string, ShardPosition>();
  private book!: ShardBook;

  constructor(shards: number) {
    this.stream = new MemoryStream(this.clock, shards);
  }

  get positions(): readonly ShardPosition[] {
    return [...this.written.values()];
  }

  async begin(): Promise<void> {
    const now = new Date(this.clock.now());
    for (const shard of await startingShards(this.stream, ARN, now, signal))
      this.written.set(shard.id, shard);
    this.die();
  }

  /** Discards everything that is not written. */
  die(): void {
    this.book = new ShardBook([...this.written.values()], PACE);
  }

  async list(): Promise<void> {
    if (this.book.list(await this.stream.list(), new Date(this.clock.now()))) this.gapAt = this.clock.now();
  }

  /** Returns whether there was anything to read. */
  async read(): Promise<boolean> {
    const { clock, stream, book } = this;
    let isBusy = false;
    for (const shard of book.due(clock.elapsed())) {
      const reading = { stream, arn: ARN, book, brands: brandIndex(['br_1']), clock, signal };
      const { shard: after, page, lost } = await readShard(shard, reading);
      if (lost !== undefined) this.gapAt = clock.now();
      for (const hint of page?.hints ?? []) if (hint.table === 'messages') this.found.push(hint.messageKey);
      isBusy ||= after.isRead || (page?.count ?? 0) > 0;
      book.put(after);
    }
    return isBusy;
  }

  move(): void {
    const { shards, dropped } = this.book.unwritten;
    for (const shard of shards) this.written.set(shard.id, shard);
    for (const id of dropped) this.written.delete(id);
    this.book.settle();
  }

  async readAll(): Promise<void> {
    for (let isBusy = true; isBusy;) {
      await this.list();
      await this.clock.advance(PACE.idleMs);
      isBusy = await this.read();
    }
    this.move();
  }
}

interface Made {
  readonly key: string;
  readonly at: number;
}

test('whatever a stream does and wherever its reader dies, each change is found in the order of its item, or the gap is reported', async () => {
  let [gaps, splits] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(
        fc.oneof(
          {
            weight: 8,
            arbitrary: fc.record({ do: fc.constant('change'), thread: fc.integer({ min: 0, max: 3 }) }),
          },
          { weight: 6, arbitrary: fc.constantFrom({ do: 'read' }, { do: 'move' }, { do: 'list' }) },
          {
            weight: 2,
            arbitrary: fc.record({
              do: fc.constant('split'),
              nth: fc.nat({ max: 9 }),
              into: fc.integer({ min: 1, max: 2 }),
            }),
          },
          { weight: 1, arbitrary: fc.constant({ do: 'die' }) },
          {
            weight: 1,
            arbitrary: fc.record({ do: fc.constant('wait'), hours: fc.constantFrom(0.1, 0.3, 5, 20, 30) }),
          },
        ),
        { maxLength: 60 },
      ),
      async (shards, acts) => {
        const reading = new Reading(shards);
        reading.stream.pageRecords = 2;
        await reading.begin();
        const made: Made[] = [];
        const act: Record<string, (of: Record<string, number>) => Promise<unknown> | void> = {
          change: ({ thread = 0 }) => {
            const key = `${thread}#${made.length}`;
            made.push({ key, at: reading.clock.now() });
            reading.stream.change({ brandId: 'br_1', threadId: `thr_${thread}`, messageKey: key });
          },
          split: ({ nth = 0, into = 1 }) => {
            const { openShards } = reading.stream;
            splits += 1;
            reading.stream.split(openShards[nth % openShards.length]!, into);
          },
          wait: ({ hours = 0 }) => reading.clock.advance(hours * HOUR),
          read: () => reading.read(),
          list: () => reading.list(),
          move: () => reading.move(),
          die: () => reading.die(),
        };
        for (const { do: name, ...of } of acts) await act[name]!(of);
        await reading.readAll();
        const found = new Set(reading.found);
        for (const { key, at } of made) expect(found.has(key) || at <= reading.gapAt, key).toBe(true);
        if (reading.gapAt > 0) gaps += 1;
        else expectInOrder(reading.found);
      },
    ),
    { numRuns: 300 },
  );
  expect(splits).toBeGreaterThan(50);
  expect(gaps).toBeGreaterThan(10);
});

/** The last time that a change is found is after the last times of earlier changes of its thread. Changes may be found more than once. */
function expectInOrder(found: readonly string[]): void {
  const last = new Map(found.map((key, at) => [key, at]));
  for (const [key, at] of last) {
    const [thread, number] = key.split('#').map(Number) as [number, number];
    for (const [other, otherAt] of last) {
      const [otherThread, otherNumber] = other.split('#').map(Number) as [number, number];
      if (otherThread === thread && otherNumber < number) expect(otherAt).toBeLessThan(at);
    }
  }
}

test('a shard is read at most five times a second, and once a second while nothing comes', async () => {
  const reading = new Reading(1);
  await reading.begin();
  reading.stream.pageRecords = 1;
  for (let n = 0; n < 5; n += 1) reading.stream.change({ brandId: 'br_2', messageKey: `${n}` });
  const reads: number[] = [];
  for (let ms = 0; ms < 5_000; ms += 50) {
    const before = reading.stream.reads;
    await reading.read();
    if (reading.stream.reads > before) reads.push(ms);
    await reading.clock.advance(50);
  }
  expect(reads).toEqual([0, 200, 400, 600, 800, 1_000, 2_000, 3_000, 4_000]);
});

test('a child that was found a day after its parent ended may have lost records', async () => {
  const reading = new Reading(1);
  const { stream, clock } = reading;
  await reading.begin();
  stream.change({ brandId: 'br_1', messageKey: '0' });
  await reading.read();
  stream.split(stream.openShards[0]!);
  await clock.advance(PACE.busyMs);
  await reading.read();
  reading.move();
  stream.change({ brandId: 'br_1', messageKey: '1' });
  await clock.advance(25 * HOUR);
  await reading.readAll();
  expect(reading.found).toEqual(['0']);
  expect(reading.gapAt).toBeGreaterThan(clock.now() - HOUR);
});

test('one answer without records does not mean that everything was read', async () => {
  const reading = new Reading(1);
  await reading.begin();
  const begun = new Date(reading.clock.now());
  const until: Date[] = [];
  for (let n = 0; n < 6; n += 1) {
    await reading.read();
    reading.move();
    until.push(reading.positions[0]!.readUntil);
    await reading.clock.advance(PACE.idleMs);
  }
  const asked = [4_000, 5_000].map((ms) => new Date(begun.getTime() + ms));
  expect(until).toEqual([begun, begun, begun, begun, ...asked]);
});

test.each([
  { hours: 1, lost: undefined },
  { hours: 25, lost: 'too-old' },
])(
  'a shard whose position is refused is read from its oldest record; changes are lost only after a day: $hours h',
  async ({ hours, lost }) => {
    const clock = new VirtualClock();
    const stream = new MemoryStream(clock, 1);
    const [start] = await startingShards(stream, ARN, new Date(clock.now()), signal);
    await clock.advance(hours * HOUR);
    stream.change({ brandId: 'br_1', messageKey: '1' });
    // Of a record that the stream does not have.
    const shard = { ...start!, position: '0', emptyReads: 0, dueAt: 0 };
    const book = new ShardBook([shard], PACE);
    const read = await readShard(shard, {
      stream,
      arn: ARN,
      book,
      brands: brandIndex(['br_1']),
      clock,
      signal,
    });
    expect(read.page?.hints).toMatchObject([{ messageKey: '1' }]);
    expect(read.lost).toBe(lost);
  },
);
