import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepFollowers } from '../../../cli/worker/keep-followers.js';
import { claimTable } from '../../../gateways/store/conversations/streams/follow-tables.js';
import { markGap } from '../../../gateways/store/conversations/streams/gaps.js';
import { joinStreams } from '../../../gateways/store/conversations/streams/join.js';
import { addRows, leadBrand } from '../../gateways/store/world.js';
import { freshStore } from '../../gateways/store/fresh-store.js';
import type { FreshStore } from '../../gateways/store/fresh-store.js';
import { untilHolds } from '../../support/until.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { addUnits } from '../../support/work.js';
import { beginStart } from '../../../gateways/store/conversations/status/statuses.js';

const MINUTE = 60_000;
let store: FreshStore;
let clock: VirtualClock;
/** Of each call. */
let started: string[][];
let warned: object[];
let told: object[];
let isAway: boolean;

beforeEach(async () => {
  store = await freshStore();
  clock = new VirtualClock();
  [started, warned, told, isAway] = [[], [], [], false];
});
afterEach(() => store.close());

const keep = () =>
  keepFollowers(
    {
      pool: store.control,
      workflows: {
        start: async (starts) => {
          started.push(starts.map(({ options }) => options.workflowId));
          if (isAway) throw new Error('Temporal is away.');
        },
      },
      logger: {
        debug: () => undefined,
        info: (facts: object) => void told.push(facts),
        warn: (facts: object) => void warned.push(facts),
      },
      clock,
    },
    { idleHours: 24, maxDays: 60 },
  );

const until = (what: string, holds: () => boolean) => untilHolds(holds, { what, everyMs: 5 });

async function join(): Promise<void> {
  await addRows(store, 'acc_1', { br_1: [] });
  await addUnits(store.pool);
  const joining = { accountId: 'acc_1', brandIds: ['br_1'], at: new Date(clock.now()) };
  const starts = (['threads', 'messages'] as const).map((table) => ({ table, streamArn: 'arn', shards: [] }));
  await joinStreams(store.pool, joining, starts);
}

test('the workflows of tables that nobody holds are started at once and every ten minutes', async () => {
  await join();
  isAway = true;
  const stop = keep();
  await until('it looks', () => started.length === 1);
  expect(started[0]?.toSorted()).toEqual(['following:messages', 'following:threads']);
  isAway = false;
  await clock.advance(9 * MINUTE);
  expect(started.length).toBe(1);
  await clock.advance(MINUTE);
  await until('it looks again', () => started.length === 2);
  await claimTable(store.pool, 'messages', { name: 'lane', attempt: 1 });
  await clock.advance(10 * MINUTE);
  await until('it looks once more', () => started.length === 3);
  expect(started[2]).toEqual(['following:threads']);
  stop();
  expect(clock.pending).toEqual([]);
});

test('nothing is started while no account is followed', async () => {
  const stop = keep();
  await until('it looks', () => started.length === 1);
  expect(started).toEqual([[]]);
  stop();
});

test('a repair is requested within a minute of a gap', async () => {
  await join();
  await store.within((tx) => beginStart(tx, 'acc_1', 'somebody'));
  await leadBrand(store, 'acc_1', 'br_1', ['migrating', 'recent-messages-migrated', 'all-messages-migrated']);
  const stop = keep();
  await until('it looks', () => started.length === 1);
  await store.within((tx) => markGap(tx, 'too-old', ['br_1']));
  await clock.advance(MINUTE);
  await until('a repair is asked for', () => warned.length > 0);
  expect(warned).toEqual([{ accounts: ['acc_1'] }]);
  stop();
});

test('the last pass of following is requested within a minute once nothing has arrived for long', async () => {
  await join();
  await store.within((tx) => beginStart(tx, 'acc_1', 'somebody'));
  await leadBrand(store, 'acc_1', 'br_1', ['migrating', 'recent-messages-migrated', 'all-messages-migrated']);
  const stop = keep();
  await until('it looks', () => started.length === 1);
  await store.pool.query(`UPDATE carryover.followed_accounts SET since = since - interval '24 hours'`);
  await clock.advance(MINUTE);
  await until('the last pass is asked for', () => told.length > 0);
  expect(told).toEqual([{ accounts: ['acc_1'] }]);
  stop();
});
