import { describe, expect, it } from 'vitest';
import { claimDeliveries, markSent } from '../../../gateways/store/alerts/deliveries.js';
import { beginLook, endLook } from '../../../gateways/store/alerts/looks.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import { alertWorld, thing } from './alert-world.js';

const world = alertWorld();
const WEBHOOK = [{ name: 'webhook', events: ['raised', 'resolved'] }] as const;

describe('several workers', () => {
  it('send each alert once', async () => {
    world.found = Array.from({ length: 20 }, (_, n) => thing(String(n)));
    await Promise.all([1, 2, 3].map(() => world.now()));
    world.found = [...world.found, ...Array.from({ length: 20 }, (_, n) => thing(`later ${n}`))];
    await raise();
    // Here all of them send.
    await Promise.all([1, 2, 3].map(() => world.now()));
    expect(world.told.toSorted()).toEqual(world.found.map(({ what }) => what).toSorted());
  });

  it('look one at a time, and a late one’s findings change nothing', async () => {
    const lease = (await beginLook(world.store.control, 'conversations'))!;
    expect(await beginLook(world.store.control, 'conversations')).toBeUndefined();
    await world.timePasses();
    const next = (await beginLook(world.store.control, 'conversations'))!;
    const look = {
      ...{ kind: 'conversations', flickering: [], destinations: WEBHOOK },
      againAfterMs: 20_000,
    };
    expect(await endLook(world.store.control, { ...look, lease: next, conditions: [] })).toEqual({
      raised: 0,
      resolved: 0,
    });
    expect(await endLook(world.store.control, { ...look, lease, conditions: [thing('a')] })).toBeUndefined();
    expect(await count()).toBe(0);
  });
});

describe('a worker that dies', () => {
  it('between sending and marking has the message sent again with the same id', async () => {
    world.found = [thing('a')];
    await world.later({ ...world.options(), pool: dyingPool() });
    expect(world.posted.length).toBe(1);
    await world.now();
    expect(world.posted.length).toBe(1);
    await world.later();
    expect(world.posted.length).toBe(2);
    expect(new Set(world.ids).size).toBe(1);
    await world.later();
    expect(world.posted.length).toBe(2);
  });

  it('delays the resolution of a problem whose message it may be sending', async () => {
    world.found = [thing('a'), thing('b')];
    await raise();
    const [claimed] = await claimDeliveries(world.store.control, 'webhook', 1);
    world.found = [];
    await raise();
    await world.now();
    expect(world.posted).toEqual([]);
    // What it says of its own message changes nothing about the other's.
    await markSent(world.store.control, 'webhook', [claimed!]);
    await world.later();
    expect(world.told).toEqual(['port a resolved']);
  });

  it('with a claim, before sending, loses nothing', async () => {
    world.found = [thing('a')];
    await raise();
    expect(await claimDeliveries(world.store.control, 'webhook', 10)).toHaveLength(1);
    await world.now();
    expect(world.posted).toEqual([]);
    await world.later();
    expect(world.told).toEqual(['port a']);
  });

  it('during a look leaves it to another after a while', async () => {
    world.found = [thing('a')];
    await beginLook(world.store.control, 'conversations');
    await world.now();
    expect(world.posted).toEqual([]);
    await world.later();
    expect(world.told).toEqual(['port a']);
  });

  /** The pool of a process that dies before it can mark sent messages. */
  function dyingPool(): Pool {
    const query = (statement: unknown, values?: unknown[]) =>
      String(statement).includes('SET sent_at')
        ? Promise.reject(new Error('dead'))
        : world.store.control.query(statement as string, values);
    return { connect: () => world.store.control.connect(), query } as unknown as Pool;
  }
});

/** A look of a worker that sends nothing yet. */
async function raise(): Promise<void> {
  await world.lookIsDue();
  await endLook(world.store.control, {
    kind: 'conversations',
    lease: (await beginLook(world.store.control, 'conversations'))!,
    conditions: world.found,
    flickering: [],
    destinations: WEBHOOK,
    againAfterMs: 20_000,
  });
}

async function count(): Promise<number> {
  return (await world.store.pool.query('SELECT FROM carryover.alerts')).rows.length;
}
