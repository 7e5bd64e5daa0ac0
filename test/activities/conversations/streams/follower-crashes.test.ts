import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { leave } from '../../../../gateways/store/conversations/streams/join.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { LifeCut, makeCuttable } from '../../../engine/cuts.js';
import type { FreshStore } from '../../../gateways/store/fresh-store.js';
import { FollowWorld } from './follow-world.js';

/** Far more than there are points. */
const MOST_LIVES = 100;

let undo: () => void;
let world: FollowWorld;
let store: FreshStore;
beforeAll(() => void (undo = makeCuttable()));
afterAll(() => undo());
beforeEach(async () => {
  world = await FollowWorld.open();
  ({ store } = world);
  await world.account('acc_1', 'br_1');
});
afterEach(() => store.close());

interface Membership {
  /** Nobody joins any more. */
  left: boolean;
  joining: boolean;
}

/** One process after the other joins the account and follows, until there is nothing to follow: each dies at the first point where none has died. */
async function live(kind: 'before' | 'after', account: Membership): Promise<string[]> {
  const points = new Set<string>();
  for (let attempt = 1; attempt < MOST_LIVES; attempt += 1) {
    const cut = new LifeCut((point) => point.startsWith(kind) && !points.has(point));
    // Between applying a page and moving its position, once for each page.
    const seen = () => [...world.seen].join(' ');
    world.onApply = () => cut.pass(`before page ${seen()}`);
    world.onApplied = () => cut.pass(`after page ${seen()}`);
    const name = `life-${attempt}`;
    const own = { ...store, ...openStore(store.url, { applicationName: name }) };
    world.store = own;
    const ended = cut.run(async () => {
      account.joining = !account.left;
      if (account.joining) await world.join('acc_1', 'br_1');
      account.joining = false;
      const lane = world.lane('lane', attempt);
      stopLane = lane.stop;
      return lane.ended;
    });
    const outcome = await Promise.race([cut.died, ended]);
    account.joining = false;
    if (outcome === 'left' && account.left) {
      await own.close();
      return [...points];
    }
    if (cut.dead) points.add(outcome);
    // A process's connections end with it.
    await store.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
      [`${name}%`],
    );
  }
  throw new Error(`${MOST_LIVES} have died: ${[...points].join(', ')}`);
}

let stopLane = (): void => undefined;

test.each(['before', 'after'] as const)(
  'right %s each write, a process may die, and no change is missed',
  async (kind) => {
    const account = { left: false, joining: false };
    const lives = live(kind, account);
    lives.catch(() => undefined);
    const one = async <Row>(sql: string) => (await store.pool.query(sql)).rows[0] as Row | undefined;
    await world.until(
      'the brand has joined',
      async () => (await one('SELECT FROM carryover.followed_brands')) !== undefined,
    );
    for (const messageKey of ['1', '2', '1']) {
      world.change({ brandId: 'br_1', messageKey });
      await world.until('the change is seen', () => world.isUpToDate('br_1'));
      await world.until('its position has moved', async () => {
        const row = await one<{ position: string | null }>(
          `SELECT position FROM carryover.follow_shards WHERE source_table = 'messages'`,
        );
        return row?.position === world.messages.lastSequence;
      });
    }

    for (const shard of world.messages.openShards) world.messages.split(shard);
    world.change({ brandId: 'br_1', messageKey: '4' });
    await world.until('the child’s change is seen', () => world.isUpToDate('br_1'));
    expect(await one('SELECT FROM carryover.followed_brands WHERE gap IS NOT NULL')).toBeUndefined();

    world.messages.restart('arn:stream:2');
    const arn = `SELECT FROM carryover.follow_tables WHERE stream_arn = 'arn:stream:2'`;
    await world.until('the other stream is followed', async () => {
      stopLane();
      return (await one(arn)) !== undefined;
    });
    world.change({ brandId: 'br_1', messageKey: '5' });
    await world.until('its change is seen', () => world.isUpToDate('br_1'));

    // An account that joins once more after it has left is followed again.
    account.left = true;
    await world.until('nobody joins', () => !account.joining);
    await transaction(store.pool, 'test', (tx) => leave(tx, 'acc_1', new Date()));
    let points: readonly string[] | undefined;
    void lives.then((all) => (points = all));
    await world.until('following has ended', () => points !== undefined);
    const passed = points?.map((point) => point.slice(kind.length + 1)) ?? [];
    expect(passed.filter((point) => point.startsWith('page')).length).toBeGreaterThanOrEqual(5);
    expect(passed.filter((point) => !point.startsWith('page')).toSorted()).toEqual([
      'UPDATE carryover.follow_tables',
      'join-streams',
      'leave-stream',
      'move-positions',
      'replace-stream',
    ]);
  },
  120_000,
);
