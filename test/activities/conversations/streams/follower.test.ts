import { afterEach, beforeEach, expect, test } from 'vitest';
import { CarryoverError } from '../../../../domain/engine/failures/failures.js';
import { leave } from '../../../../gateways/store/conversations/streams/join.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { FollowWorld } from './follow-world.js';

const HOUR = 3_600_000;
let world: FollowWorld;

beforeEach(async () => {
  world = await FollowWorld.open();
  await world.account('acc_1', 'br_1', 'br_2');
  await world.account('acc_2', 'br_3');
});

afterEach(() => world.close());

const positions = () =>
  world.rows<{ shard_id: string; position: string | null }>(
    `SELECT shard_id, position FROM carryover.follow_shards WHERE source_table = 'messages' ORDER BY shard_id`,
  );
const gaps = () =>
  world.rows<{ brand_id: string; reason: string }>(
    `SELECT brand_id, gap ->> 'reason' AS reason FROM carryover.followed_brands WHERE gap IS NOT NULL ORDER BY brand_id`,
  );
const isMoved = async () => (await positions()).every(({ position }) => position !== null);

test('changes of followed brands are applied, and all others are skipped', async () => {
  expect(await world.join('acc_1', 'br_1', 'br_2')).toBe('stream');
  for (let n = 0; n < 5; n += 1) {
    world.change({ brandId: 'br_1', messageKey: `${n}` });
    world.change({ brandId: 'br_3', messageKey: `${n}` });
  }
  world.change({ brandId: 'br_1', messageKey: '3' });
  await world.follow('positions have moved', isMoved);
  expect(world.isUpToDate('br_1')).toBe(true);
  expect(world.calls.flat()).toHaveLength(5);
  expect(await positions()).toEqual([{ shard_id: 'shardId-1', position: '111' }]);
});

test('the next lane continues where the last one stopped', async () => {
  await world.join('acc_1', 'br_1');
  world.change({ brandId: 'br_1', messageKey: '1' });
  await world.follow('positions have moved', isMoved);
  world.change({ brandId: 'br_1', messageKey: '2' });
  await world.follow('the second change is seen', () => world.isUpToDate('br_1'));
  expect(world.calls.flat()).toHaveLength(2);
});

test('changes of a brand that joins while they are read are found before the positions move', async () => {
  await world.join('acc_1', 'br_1');
  const { ended, stop } = world.lane();
  await world.until('it reads', () => world.messages.reads > 0);
  let joins = 0;
  // The requested page is searched for the brands known before.
  world.messages.onRead = async () => {
    if (joins === 3) return;
    joins += 1;
    const brandId = ['br_2', 'br_3', 'br_4'][joins - 1]!;
    if (brandId === 'br_4') await world.account('acc_3', 'br_4');
    await world.join({ br_2: 'acc_1', br_3: 'acc_2', br_4: 'acc_3' }[brandId]!, brandId);
    world.change({ brandId, messageKey: '1' });
  };
  await world.until(
    'all are seen',
    () => joins === 3 && ['br_2', 'br_3', 'br_4'].every((b) => world.isUpToDate(b)),
  );
  stop();
  await ended;
  expect(await positions()).toEqual([{ shard_id: 'shardId-1', position: '103' }]);
});

test('a failing brand delays no other, and its changes are retried', async () => {
  await world.join('acc_1', 'br_1', 'br_2');
  world.onApply = (brandId) => {
    if (brandId === 'br_1') throw new CarryoverError('StoreUnavailable', 'Its rows are locked.');
  };
  for (let n = 0; n < 300; n += 1) world.change({ brandId: 'br_1', messageKey: `${n}` });
  world.change({ brandId: 'br_2', messageKey: '1' });
  const { ended, stop } = world.lane();
  await world.until('positions have moved', isMoved);
  expect(world.isUpToDate('br_2')).toBe(true);
  expect(world.isUpToDate('br_1')).toBe(false);
  world.onApply = () => undefined;
  await world.until('the rest is seen', () => world.isUpToDate('br_1'));
  stop();
  await ended;
  expect(world.kept).toEqual([]);
});

test('hints of a brand that has left are dropped', async () => {
  await world.join('acc_1', 'br_1', 'br_2');
  await world.join('acc_2', 'br_3');
  const { ended, stop } = world.lane();
  await world.until('it reads', () => world.messages.reads > 0);
  await transaction(world.store.pool, 'test', (tx) => leave(tx, 'acc_1', new Date()));
  world.change({ brandId: 'br_1', messageKey: '1' });
  world.change({ brandId: 'br_3', messageKey: '1' });
  await world.until('the other one is seen', () => world.isUpToDate('br_3'));
  stop();
  await ended;
  expect(world.calls.flat()).toHaveLength(1);
});

test('a position that is older than the stream keeps is a gap of all brands, and following goes on', async () => {
  await world.join('acc_1', 'br_1', 'br_2');
  world.change({ brandId: 'br_1', messageKey: '1' });
  await world.follow('positions have moved', isMoved);
  world.change({ brandId: 'br_1', messageKey: 'lost' });
  await world.clock.advance(25 * HOUR);
  world.change({ brandId: 'br_1', messageKey: '2' });
  await world.follow('the gap is marked', async () => (await gaps()).length > 0);
  expect(await gaps()).toEqual(['br_1', 'br_2'].map((brand) => ({ brand_id: brand, reason: 'too-old' })));
  expect(world.seen.has('br_1/lost')).toBe(false);
  expect(world.seen.has('br_1/2')).toBe(true);
});

test('of many shards a few are read at once, and none waits for ever', async () => {
  await world.join('acc_1', 'br_1');
  world.messages.split(world.messages.openShards[0]!, 40);
  for (let n = 0; n < 400; n += 1)
    world.change({ brandId: 'br_1', threadId: `thr_${n}`, messageKey: `${n}` });
  world.messages.pageRecords = 1;
  await world.follow('all are seen', () => world.isUpToDate('br_1'));
  expect(Math.max(...world.calls.map((hints) => hints.length))).toBe(8);
});

test('a shard that is throttled holds up no other', async () => {
  await world.join('acc_1', 'br_1', 'br_2');
  world.messages.split(world.messages.openShards[0]!, 2);
  // Two threads in one shard each.
  world.change({ brandId: 'br_1', threadId: 'a', messageKey: '1' });
  world.change({ brandId: 'br_2', threadId: 'b', messageKey: '1' });
  const [first] = world.messages.openShards;
  let throttled = 0;
  world.messages.onRead = (shardId) => {
    if (shardId !== first || throttled > 20) return;
    throttled += 1;
    throw new CarryoverError('SourceThrottled', 'DynamoDB throttles.');
  };
  const { ended, stop } = world.lane();
  await world.until('the other one is read', () => world.seen.size === 1);
  expect(throttled).toBeLessThan(20);
  await world.until('both are', () => world.isUpToDate('br_1') && world.isUpToDate('br_2'));
  stop();
  expect(await ended).toBe('stopped');
});

test('an expired iterator is replaced', async () => {
  await world.join('acc_1', 'br_1');
  const { ended, stop } = world.lane();
  world.change({ brandId: 'br_1', messageKey: '1' });
  await world.until('it is seen', () => world.isUpToDate('br_1'));
  // While the process is frozen.
  await world.clock.advance(1);
  let asleep = true;
  world.messages.onRead = async () => {
    if (asleep) await world.clock.advance(16 * 60_000);
    asleep = false;
  };
  world.change({ brandId: 'br_1', messageKey: '2' });
  await world.until('the next one is seen', () => world.isUpToDate('br_1'));
  stop();
  await ended;
  expect(await gaps()).toEqual([]);
});

test('an overtaken lane moves no position any more', async () => {
  await world.join('acc_1', 'br_1');
  let wakeUp: (() => void) | undefined;
  world.onApply = () => new Promise((resolve) => (wakeUp = resolve));
  world.change({ brandId: 'br_1', messageKey: '1' });
  const old = world.lane('lane', 1);
  await world.until('the old one applies', () => wakeUp !== undefined);
  world.onApply = () => undefined;
  const current = world.lane('lane', 2);
  await world.until('the new one has moved', isMoved);
  await world.rows(`UPDATE carryover.follow_shards SET position = '500'`);
  wakeUp?.();
  expect(await raced(world, old.ended)).toBe('lost');
  current.stop();
  await current.ended;
  expect(world.isUpToDate('br_1')).toBe(true);
});

async function raced<T>(of: FollowWorld, ended: Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined;
  void ended.then((value) => (result = { value }));
  await of.until('it ends', () => result !== undefined);
  return result!.value;
}

test('a lane catches up for ported numbers of accounts that are followed by the stream', async () => {
  await world.join('acc_1', 'br_1');
  await world.follow('it has looked for them twice', () => world.caughtUp.length >= 2);
  expect(new Set(world.caughtUp)).toEqual(new Set(['stream']));
});

test('another lane waits until the table is free', async () => {
  await world.join('acc_1', 'br_1');
  const first = world.lane();
  await world.until('it reads', () => world.messages.reads > 0);
  const second = world.lane();
  await world.clock.advance(30_000);
  first.stop();
  await first.ended;
  world.change({ brandId: 'br_1', messageKey: '1' });
  await world.until('the second one reads', () => world.isUpToDate('br_1'));
  second.stop();
  expect(await second.ended).toBe('stopped');
});

test('following ends with the last brand, and begins again with the next', async () => {
  await world.join('acc_1', 'br_1', 'br_2');
  const { ended } = world.lane();
  await world.until('it reads', () => world.messages.reads > 0);
  await transaction(world.store.pool, 'test', (tx) => leave(tx, 'acc_1', new Date()));
  expect(await raced(world, ended)).toBe('left');
  expect(await positions()).toEqual([]);
  await world.join('acc_2', 'br_3');
  world.change({ brandId: 'br_3', messageKey: '1' });
  await world.follow('it is seen', () => world.isUpToDate('br_3'));
});

test('a brand that is followed again after an interruption has a gap', async () => {
  await world.join('acc_1', 'br_1');
  await transaction(world.store.pool, 'test', (tx) => leave(tx, 'acc_1', new Date()));
  await world.join('acc_1', 'br_1');
  expect(await gaps()).toEqual([{ brand_id: 'br_1', reason: 'interrupted' }]);
});

test('a stream that was switched off and on is followed anew, with a gap', async () => {
  await world.join('acc_1', 'br_1');
  world.messages.restart('arn:stream:2');
  world.change({ brandId: 'br_1', messageKey: '1' });
  await world.follow('it is seen', () => world.isUpToDate('br_1'));
  expect(await gaps()).toEqual([{ brand_id: 'br_1', reason: 'stream-replaced' }]);
  expect(await world.rows('SELECT stream_arn FROM carryover.follow_tables ORDER BY source_table')).toEqual([
    { stream_arn: 'arn:stream:2' },
    { stream_arn: 'arn:stream:1' },
  ]);
});

test('a stream that is switched off is read to its end', async () => {
  await world.join('acc_1', 'br_1');
  const { ended } = world.lane();
  await world.until('it reads', () => world.messages.reads > 0);
  world.change({ brandId: 'br_1', messageKey: '1' });
  world.messages.end();
  expect(await raced(world, ended)).toBe('left');
  expect(world.isUpToDate('br_1')).toBe(true);
  expect(await gaps()).toEqual([{ brand_id: 'br_1', reason: 'stream-ended' }]);
});

test.each(['ended', 'off'])('accounts are polled once their stream is %s', async (how) => {
  await world.join('acc_1', 'br_1');
  if (how === 'ended') world.messages.restart(undefined);
  else world.streamsWanted = 'off';
  expect(await raced(world, world.lane().ended)).toBe('left');
  expect(await gaps()).toEqual([{ brand_id: 'br_1', reason: 'stream-ended' }]);
  expect(await world.rows('SELECT account_id, by FROM carryover.followed_accounts')).toEqual([
    { account_id: 'acc_1', by: 'poll' },
  ]);
  const at = new Date(world.clock.now());
  const polled = await world.rows<{ messages_until: Date }>(
    'SELECT messages_until FROM carryover.polled_brands',
  );
  expect(polled.map(({ messages_until: until }) => until <= at)).toEqual([true]);
  expect(await positions()).toEqual([]);
});

test('an outage of the source or the store is waited out', async () => {
  await world.join('acc_1', 'br_1');
  let failures = 0;
  world.messages.onRead = () => {
    if ((failures += 1) > 6) return;
    throw new CarryoverError(failures > 3 ? 'SourceUnavailable' : 'SourceThrottled', 'It is away.');
  };
  world.change({ brandId: 'br_1', messageKey: '1' });
  await world.follow('it is seen', () => world.isUpToDate('br_1'));
  expect(failures).toBeGreaterThan(6);
});
