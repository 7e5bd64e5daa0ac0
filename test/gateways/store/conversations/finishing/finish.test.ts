import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brandsToFollowAgain } from '../../../../../gateways/store/conversations/finishing/follow-again.js';
import { keepFollowed } from '../../../../../gateways/store/conversations/finishing/finish.js';
import { openStore } from '../../../../../gateways/store/sql/connect.js';
import { setFlag } from '../../world.js';
import { FinishWorld } from './finish-world.js';

const A = 'acc_1';

let world: FinishWorld;
beforeEach(async () => {
  world = await FinishWorld.open();
});
afterEach(() => world.close());

/** The accounts whose last pass a look asks for. */
const asked = async () => (await world.look()).asked;
const reason = async () => (await world.standing(A)).finishing?.['reason'];
const followedFor = (interval: string) =>
  world.query('UPDATE carryover.followed_accounts SET since = now() - $1::interval', [interval]);

describe('an account is finished automatically only', () => {
  const pause = () => setFlag(world.store.pool, A, 'paused', { by: 'ann' });
  test.each<[string, () => Promise<unknown>, string | undefined]>([
    ['nothing has come for 24 hours', async () => undefined, 'idle'],
    ['its ports have been final for long', () => world.port(A, 'complete'), 'idle'],
    ['the last news is long ago', () => world.news(A, '25 hours'), 'idle'],
    ['it was followed for less', () => followedFor('23 hours'), undefined],
    ['something came since', () => world.news(A, '23 hours'), undefined],
    ['it was not polled for so long', () => world.polled(A, '7 hours'), undefined],
    ['a port is open', () => world.port(A, 'foc'), undefined],
    ['a port has an exception, which is not final', () => world.port(A, 'exception'), undefined],
    ['a port has just become final', () => world.port(A, 'refused', '1 hour'), undefined],
    ['changes were missed', () => world.gap(A), undefined],
    ['changes wait', () => world.hint(A), undefined],
    ['it is paused', pause, undefined],
    ['it is cancelled', () => setFlag(world.store.pool, A, 'cancelled', { by: 'ann' }), undefined],
    [
      'not everything is imported',
      () => world.query(`UPDATE carryover.migrations SET status = 'recent-messages-migrated'`),
      undefined,
    ],
    [
      'a port is open after 60 days',
      async () => {
        await world.port(A, 'foc');
        await followedFor('61 days');
      },
      'max-days',
    ],
    ['nothing has come, and 60 days have passed', () => followedFor('61 days'), 'idle'],
    [
      'it is paused for 60 days',
      async () => {
        await followedFor('61 days');
        await pause();
      },
      undefined,
    ],
    [
      'it is verified just now',
      () =>
        world.query(
          `INSERT INTO carryover.verifications (kind, subject, repair, asked_by) VALUES ('conversations', $1, false, 'ann')`,
          [A],
        ),
      undefined,
    ],
  ])('when %s', async (_what, prepare, expected) => {
    await world.account(A);
    await prepare();
    expect(await asked()).toEqual(expected === undefined ? [] : [A]);
    expect(await reason()).toBe(expected);
  });

  test('when its stream has been read for that long as well', async () => {
    await world.account(A, 'stream');
    await world.query(`UPDATE carryover.follow_shards SET read_until = now() - interval '7 hours'`);
    expect(await asked()).toEqual([]);
    await world.query('UPDATE carryover.follow_shards SET read_until = now()');
    expect(await asked()).toEqual([A]);
  });
});

test('the last pass is requested once, however many workers look at once; its end ends following', async () => {
  for (const accountId of [A, 'acc_2', 'acc_3']) await world.account(accountId);
  await world.news('acc_3', '1 hour');
  const others = Array.from({ length: 3 }, () => openStore(world.store.url));
  const looks = await Promise.all([world.store, ...others].map((store) => world.look(store)));
  await Promise.all(others.map((store) => store.close()));
  expect(looks.flatMap((look) => look.asked).toSorted()).toEqual([A, 'acc_2']);
  expect(await world.count('verifications')).toBe(2);
  expect(await world.count('workflow_messages')).toBe(2);
  expect(
    await world.query(
      'SELECT subject, action, actor, role, details FROM carryover.audit_entries ORDER BY subject',
    ),
  ).toEqual(
    [A, 'acc_2'].map((subject) => ({
      subject,
      action: 'finish',
      actor: 'following',
      role: 'carryover',
      details: { reason: 'idle', open_ports: 0 },
    })),
  );

  await world.end();
  const { until, finishing } = await world.standing(A);
  const [ended] = await world.query<{ ended_at: Date }>(
    `SELECT ended_at FROM carryover.verifications WHERE state = 'equal'`,
  );
  expect(until).toEqual(ended?.ended_at);
  expect(finishing).toEqual({
    reason: 'idle',
    by: 'following',
    since: expect.any(String),
    passes: 1,
    verification: expect.any(String),
    openPorts: 0,
  });
  expect(await world.query('SELECT account_id FROM carryover.followed_brands ORDER BY 1')).toEqual([
    { account_id: 'acc_2' },
    { account_id: 'acc_3' },
  ]);
  expect(await world.look()).toEqual({ asked: [], ended: [] });
});

test.each<[string, () => Promise<unknown>]>([
  ['something came during the last pass', () => world.news(A)],
  ['a port was opened during it', () => world.port(A, 'pending')],
  ['changes were missed during it', () => world.gap(A)],
])('%s: following goes on, until it is idle again', async (_what, meanwhile) => {
  await world.account(A);
  await world.look();
  await meanwhile();
  await world.end();
  expect(await world.standing(A)).toEqual({ until: null, again: false, finishing: null });
  expect(await asked()).toEqual([]);
  await world.news(A, '25 hours');
  await world.query('DELETE FROM phone_portings');
  await world.query('UPDATE carryover.followed_brands SET gap = NULL');
  expect(await asked()).toEqual([]);
  await world.age('61 minutes');
  expect(await asked()).toEqual([A]);
});

test('hints of the last pass are applied before following ends', async () => {
  await world.account(A);
  await world.look();
  await world.hint(A);
  await world.end();
  expect(await world.standing(A)).toMatchObject({ until: null, finishing: { reason: 'idle' } });
  expect(await world.look()).toEqual({ asked: [], ended: [] });
  await world.query('DELETE FROM carryover.waiting_hints');
  expect(await world.look()).toEqual({ asked: [], ended: [A] });
});

test('a failed last pass is requested again, but not at once', async () => {
  await world.account(A);
  await world.look();
  await world.end('failed');
  expect(await reason()).toBeUndefined();
  expect(await asked()).toEqual([]);
  await world.age('61 minutes');
  expect(await asked()).toEqual([A]);
});

test('another verification does not end following', async () => {
  await world.account(A);
  await world.finish(A);
  await world.query(
    `UPDATE carryover.followed_accounts SET finishing = finishing || '{"verification": null}'`,
  );
  await world.end();
  expect(await world.standing(A)).toMatchObject({ until: null, finishing: { reason: 'operator' } });
  expect(await asked()).toEqual([A]);
});

describe('finishing on request', () => {
  test('ignores later changes and open ports', async () => {
    await world.account(A);
    await world.port(A, 'foc');
    expect([await world.finish(A), await world.finish(A)]).toEqual(['finishing', 'finishing']);
    expect(await world.count('verifications')).toBe(1);
    await world.news(A);
    await world.gap(A);
    await world.end();
    const { until, finishing } = await world.standing(A);
    expect(until).not.toBeNull();
    expect(finishing).toMatchObject({ reason: 'operator', by: 'ann', openPorts: 1 });
    expect(await world.finish(A)).toBe('finished');
    expect(await world.count('verifications')).toBe(1);
  });

  test('waits for a running verification', async () => {
    await world.account(A);
    await world.query(
      `INSERT INTO carryover.verifications (kind, subject, repair, asked_by) VALUES ('conversations', $1, true, 'bob')`,
      [A],
    );
    expect(await world.finish(A)).toBe('finishing');
    expect(await world.standing(A)).toMatchObject({ finishing: { by: 'ann', verification: null } });
    expect(await asked()).toEqual([]);
    await world.end();
    expect(await asked()).toEqual([A]);
    await world.end();
    expect((await world.standing(A)).until).not.toBeNull();
  });

  test('stays requested when the pass fails, and while the account is paused', async () => {
    await world.account(A);
    await world.finish(A);
    await world.end('failed');
    expect(await world.standing(A)).toMatchObject({ finishing: { reason: 'operator', verification: null } });
    await world.age('61 minutes');
    await setFlag(world.store.pool, A, 'paused', { by: 'ann' });
    expect(await asked()).toEqual([]);
    await setFlag(world.store.pool, A, 'paused', null);
    expect(await asked()).toEqual([A]);
  });

  test('replaces a last pass that was requested automatically', async () => {
    await world.account(A);
    await world.look();
    expect(await world.finish(A)).toBe('finishing');
    await world.news(A);
    await world.end();
    expect((await world.standing(A)).until).not.toBeNull();
    expect(await world.count('verifications')).toBe(1);
  });

  test('is refused for an account that was never followed', async () => {
    expect(await world.finish('acc_unknown')).toBeUndefined();
  });

  test('compares once more what the pass has found and following has removed', async () => {
    await world.account(A);
    await world.finish(A);
    await world.news(A);
    await world.end('unequal');
    expect(await asked()).toEqual([A]);
    await world.end('unequal');
    const { until, finishing } = await world.standing(A);
    expect(until).not.toBeNull();
    expect(finishing).toMatchObject({ passes: 2 });
  });
});

describe('a port that is ordered again', () => {
  const orderAgain = () => world.store.within((tx) => keepFollowed(tx, A));

  test('keeps its account followed, even during the last pass', async () => {
    await world.account(A);
    await world.finish(A);
    await orderAgain();
    await world.port(A, 'pending');
    await world.end();
    expect(await world.standing(A)).toEqual({ until: null, again: false, finishing: null });
    expect(await brandsToFollowAgain(world.store.pool, A)).toBeUndefined();
  });

  test('causes its account to be followed again, with a gap', async () => {
    await world.account(A);
    await world.finish(A);
    await world.end();
    expect(await brandsToFollowAgain(world.store.pool, A)).toBeUndefined();
    await orderAgain();
    expect(await brandsToFollowAgain(world.store.pool, A)).toEqual(['br_acc_1']);
    await world.join(A);
    expect(await brandsToFollowAgain(world.store.pool, A)).toBeUndefined();
    expect(await world.standing(A)).toEqual({ until: null, again: false, finishing: null });
    expect(await world.query(`SELECT gap ->> 'reason' AS reason FROM carryover.followed_brands`)).toEqual([
      { reason: 'interrupted' },
    ]);
  });
});
