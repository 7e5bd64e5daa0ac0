import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Polling } from '../../../../activities/conversations/polling/poll-source.js';
import { SHARE, UNKNOWN_UNITS_PER_SECOND } from '../../../../activities/conversations/polling/read-budget.js';
import { threadItem } from '../import/source-items.js';
import { PollWorld } from './poll-world.js';
import type { SentQuery } from './poll-world.js';

const [A, B] = ['br_1_1', 'br_2_1'] as const;

let polled: PollWorld;
afterEach(() => polled.close());

describe('a source in trouble', () => {
  beforeEach(async () => {
    polled = await PollWorld.open();
    await polled.brand(A);
    await polled.brand(B);
  });

  /** As DynamoDB answers for one brand, whose partition is hot. */
  const throttled = ({ brandId, table }: SentQuery) => {
    if (brandId !== A || table !== 'messages') return;
    throw Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException' });
  };

  test('delays no other brand, is retried at growing intervals, and is reported', async () => {
    polled.beforeQuery = throttled;
    const id = await polled.message(A);
    const { ended, stop } = polled.lane();
    const others: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      others.push(await polled.message(B));
      await polled.until('the other one is polled', () => polled.holds(B, ...others));
    }
    await polled.until('it waits for long', async () => (await polled.row(A)).interval_ms === 300_000);
    const { failure, polled_at: polledAt } = await polled.row(A);
    expect([failure?.type, polledAt]).toEqual(['SourceThrottled', null]);
    expect(failure?.message).toContain(A);
    expect((await polled.row(B)).failure).toBeNull();
    polled.beforeQuery = () => undefined;
    await polled.until('it is polled again', () => polled.holds(A, id));
    await polled.until('that is told', async () => (await polled.row(A)).failure === null);
    stop();
    await ended;
  });

  test('is still polled for the other table', async () => {
    polled.beforeQuery = throttled;
    const { world, clock } = polled;
    await clock.advance(60_000);
    const at = new Date(clock.now());
    await world.put('threads', [threadItem(A, 'thr_new', { last_message_at: at.toISOString() })]);
    await polled.poll('the thread’s position moves', async () => (await polled.row(A)).threads_until >= at);
    expect(polled.applied).toEqual([{ table: 'threads', brandId: A, threadId: 'thr_new' }]);
  });

  test('that refuses is retried at intervals', async () => {
    polled.tables = polled.watched({
      ...polled.world.tables,
      messages: 'no-such-table',
      threads: 'no-such-table',
    });
    const { ended, stop } = polled.lane();
    await polled.until('both are refused', async () => {
      const failures = [(await polled.row(A)).failure, (await polled.row(B)).failure];
      return failures.every((failure) => failure?.type === 'SourceRefused');
    });
    const asked = polled.queries.length;
    await polled.until('it is asked again', () => polled.queries.length > asked);
    stop();
    expect(await ended).toBe('stopped');
  });
});

describe('of the provisioned reads', () => {
  const READS = 50;

  beforeEach(async () => {
    polled = await PollWorld.open({ reads: READS });
    await polled.brand(A);
    await polled.brand(B);
  });

  /** The greatest excess over the rate in any period between two queries; without the last query of each period. */
  function excess(table: string, rate: number): number {
    const queries = polled.queries.filter((query) => query.table === table);
    let most = 0;
    for (const [n, first] of queries.entries()) {
      let units = 0;
      for (const query of queries.slice(n)) {
        most = Math.max(most, units - (rate * (query.at - first.at)) / 1_000);
        units += query.units;
      }
    }
    return most;
  }

  test('polling takes 2 %', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push(await polled.message(A, 0, { body: 'x'.repeat(20_000) }));
    const polling = new Polling(polled.dependencies());
    const { ended, stop } = polled.lane(polling);
    await polled.until('all are held', () => polled.holds(A, ...ids));
    // The last 15 minutes are read again each time.
    for (let n = 0; n < 5; n += 1) {
      const id = await polled.message(A);
      await polled.until('it is held', () => polled.holds(A, id));
    }
    stop();
    await ended;
    const units = polled.queries.map((query) => query.units);
    expect(Math.max(...units)).toBeGreaterThan(10);
    expect(excess('messages', SHARE * READS)).toBeLessThanOrEqual(0.001);
    expect(excess('threads', SHARE * READS)).toBeLessThanOrEqual(0.001);
    // Both brands are polled, however small the budget is.
    expect(new Set(polled.queries.map(({ brandId }) => brandId))).toEqual(new Set([A, B]));
  });

  test('polling takes few if it may not ask for their number', async () => {
    const { world } = polled;
    polled.tables = polled.watched(world.tables);
    polled.refuseDescribe = true;
    const { ended, stop } = polled.lane();
    for (let n = 0; n < 3; n += 1) {
      const ids = [await polled.message(A), await polled.message(B)] as const;
      await polled.until(
        'they are held',
        async () => (await polled.holds(A, ids[0])) && polled.holds(B, ids[1]),
      );
    }
    stop();
    await ended;
    expect(excess('messages', UNKNOWN_UNITS_PER_SECOND)).toBeLessThanOrEqual(0.001);
  });
});
