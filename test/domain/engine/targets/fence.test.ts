import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fence, judgeBatch, NO_BATCH } from '../../../../domain/engine/targets/fence.js';

const fence = (lease: number, batch: number): Fence => ({ slice: '1', lease: String(lease), batch });

test('leases are compared as numbers of any length', () => {
  const long = { lease: '10000000000000000001', batch: 1 };
  expect(judgeBatch(long, { ...fence(0, 2), lease: '10000000000000000000' })).toBe('refused');
  expect(judgeBatch(long, { ...fence(0, 2), lease: '10000000000000000002' })).toBe('apply');
});

test('skipped batches are distinguished from repeated ones', () => {
  expect(judgeBatch(NO_BATCH, fence(1, 1))).toBe('apply');
  expect(judgeBatch({ lease: '2', batch: 3 }, fence(2, 3))).toBe('repeated');
  expect(judgeBatch({ lease: '2', batch: 3 }, fence(2, 5))).toBe('behind');
  expect(judgeBatch({ lease: '2', batch: 3 }, fence(2, 2))).toBe('ahead');
});

/** A store and a target with one slice, and owners that each take their next step on command. */
class World {
  readonly target: string[] = [];
  readonly taken: string[] = [];
  cursor = 0;
  private held: { lease: string; batch: number; note: string[] } = { ...NO_BATCH, note: [] };
  private lease = 0;
  private batches = 0;

  claim(): Owner {
    this.lease += 1;
    return new Owner(this, this.lease, this.batches, this.cursor);
  }

  /** One transaction of the target. */
  apply(asked: Fence, records: readonly string[]): string[] | undefined {
    const verdict = judgeBatch(this.held, asked);
    if (verdict === 'apply') {
      this.held = { ...asked, note: [...records] };
      this.target.push(...records);
    }
    expect(verdict).not.toBe('behind');
    expect(verdict).not.toBe('ahead');
    return verdict === 'refused' ? undefined : this.held.note;
  }

  /** One transaction of the store. */
  advance(lease: number, batch: number, noted: readonly string[]): boolean {
    if (lease !== this.lease) return false;
    this.batches = batch;
    this.cursor += noted.length;
    this.taken.push(...noted);
    return true;
  }
}

class Owner {
  private pending: string[] | undefined;
  private gone = false;

  constructor(
    private readonly world: World,
    private readonly lease: number,
    private batches: number,
    private cursor: number,
  ) {}

  /** The owner's next commit of two. What it reads depends on when it reads. */
  step(pageSize: number): void {
    if (this.gone) return;
    if (this.pending === undefined) {
      const read = Array.from({ length: pageSize }, (_, n) => `record ${this.cursor + n}`);
      this.pending = this.world.apply(fence(this.lease, this.batches + 1), read);
      this.gone = this.pending === undefined;
      return;
    }
    this.gone = !this.world.advance(this.lease, this.batches + 1, this.pending);
    this.batches += 1;
    this.cursor += this.pending.length;
    this.pending = undefined;
  }
}

test('whoever dies, sleeps or returns between the two commits, the target has each record once and the store counts it', () => {
  const move = fc.record({ who: fc.nat(3), pageSize: fc.integer({ min: 0, max: 4 }), claims: fc.boolean() });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const world = new World();
      const owners = [world.claim()];
      for (const { who, pageSize, claims } of moves) {
        if (claims && who === 0) owners.push(world.claim());
        else owners.at(-1 - (who % owners.length))?.step(pageSize);
      }
      // Another owner finishes the batch.
      const last = world.claim();
      last.step(1);
      last.step(1);
      const all = Array.from({ length: world.cursor }, (_, n) => `record ${n}`);
      expect(world.target).toEqual(all);
      expect(world.taken).toEqual(all);
    }),
    { numRuns: 1_000 },
  );
});
