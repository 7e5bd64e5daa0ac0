import { afterEach, beforeEach, expect, test } from 'vitest';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { createFollowing } from '../../../../activities/conversations/streams/index.js';
import { systemClock } from '../../../../gateways/clock.js';
import { setFlag } from '../../../gateways/store/world.js';
import { untilHolds } from '../../../support/until.js';
import { ImportWorld } from '../import/import-world.js';
import { accountOf } from '../import/source-items.js';
import { ChangingBrands } from './changing-brands.js';

const [A, B, OTHER] = ['br_1_1', 'br_2_1', 'br_3_1'] as const;

let world: ImportWorld;
let brands: ChangingBrands;
let started: string[];

beforeEach(() => {
  started = [];
});

afterEach(() => world.close());

async function open(streams: boolean): Promise<void> {
  world = await ImportWorld.open({ streams, pageRecords: 10 });
  brands = new ChangingBrands(world, [A, B, OTHER]);
  await brands.begin(40);
}

function following(streamsWanted: 'auto' | 'off' = 'auto') {
  const { activities, follow } = createFollowing({
    store: { pool: world.pool },
    tables: world.tables,
    clock: systemClock,
    streamsWanted,
    fetchFiles: async () => undefined,
    logger: { warn: () => undefined },
    workflows: {
      start: async (starts) => void started.push(...starts.map(({ options }) => options.workflowId)),
    },
  });
  const begin = () => {
    const environment = world.environment();
    const lanes = (['threads', 'messages'] as const).map((table) =>
      environment.run(activities.followTable, { table }),
    );
    const ended = Promise.allSettled(lanes);
    return async () => {
      environment.cancel();
      for (const lane of await ended)
        expect(lane).toMatchObject({ status: 'rejected', reason: expect.any(CancelledFailure) });
    };
  };
  return { activities, begin, follow };
}

const joined = (brandId: string) => ({ accountId: accountOf(brandId), brandIds: [brandId] });

test('what changes during an import, a pause and after it is in the store, of followed accounts alone', async () => {
  await open(true);
  const { begin, follow } = following();
  for (const brandId of [A, B]) expect(await follow(joined(brandId))).toBe('stream');
  expect(started).toEqual([
    'following:messages',
    'following:threads',
    'following:messages',
    'following:threads',
  ]);
  const end = begin();
  await Promise.all([world.migrate([A, B]), brands.change(0)]);
  await brands.untilHeld(A, B);

  await setFlag(world.pool, accountOf(A), 'paused', { by: 'operator' });
  await brands.change(5);
  await brands.untilHeld(B);
  expect((await brands.held(A)).get(`msg_${A}_5`)).toBe('at first');
  await setFlag(world.pool, accountOf(A), 'paused', null);
  await brands.untilHeld(A);

  await end();
  await brands.change(10);
  const endAgain = begin();
  await brands.untilHeld(A, B);
  await endAgain();
  expect((await brands.held(OTHER)).size).toBe(0);
  const [gaps] = await world.query('SELECT count(gap)::int AS gaps FROM carryover.followed_brands');
  expect(gaps).toEqual({ gaps: 0 });
});

test('a worker that is told to end leaves its table to the next one, and its position', async () => {
  await open(true);
  const { activities, follow } = following();
  await follow(joined(A));
  const environment = world.environment();
  const lane = environment.run(activities.followTable, { table: 'messages' as const });
  await untilHolds(
    async () =>
      (await world.query('SELECT FROM carryover.follow_shards WHERE position IS NOT NULL')).length > 0,
    { what: 'a position is written', everyMs: 50 },
  );
  environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
  expect(await lane).toEqual({ followed: true });
  const held = 'SELECT FROM carryover.follow_tables WHERE leased_by IS NOT NULL';
  expect(await world.query(held)).toEqual([]);
});

test.each([
  [false, 'auto', 'has no stream'],
  [true, 'off', 'CONVERSATIONS_STREAMS is off'],
] as const)(
  'tables with streams (%s) are imported, and polled where streams are %s or there are none',
  async (streams, wanted, reason) => {
    await open(streams);
    const { follow } = following(wanted);
    expect(await follow(joined(A))).toBe('poll');
    expect(await follow(joined(A))).toBe('poll');
    expect(started).toEqual(['following:polling', 'following:polling']);
    const accounts = await world.query('SELECT account_id, by, by_reason FROM carryover.followed_accounts');
    expect(accounts).toEqual([
      { account_id: accountOf(A), by: 'poll', by_reason: expect.stringContaining(reason) },
    ]);
    expect(await world.query('SELECT FROM carryover.follow_tables')).toEqual([]);
    await world.migrate([A]);
    await brands.untilHeld(A);
  },
);
