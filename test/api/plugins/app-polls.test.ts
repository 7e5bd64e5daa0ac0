import { CONVERSATIONS, migrationOf } from '../../../domain/conversations/migration.js';
import { expect, test, vi } from 'vitest';
import { isAwaited, noteAppPolls } from '../../../gateways/store/migrations/app-polls.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';
import { forThisFile } from '../../support/for-this-file.js';

let world: World;
forThisFile(apiWorld, (opened) => (world = opened));

const rows = async () => {
  const { rows: found } = await world.store.pool.query<{ id: string; age: number }>(
    'SELECT subject AS id, extract(epoch FROM now() - polled_at)::float8 AS age FROM carryover.app_polls ORDER BY 1',
  );
  return found;
};
const age = (accountId: string, seconds: number) =>
  world.store.pool.query(
    "UPDATE carryover.app_polls SET polled_at = now() - $2 * interval '1 second' WHERE subject = $1",
    [accountId, seconds],
  );
const idsOf = (name: string) => ({ brand: `br_${name}`, sms: `ch_${name}_1`, email: `ch_${name}_2` });

test('accounts whose apps poll or start are recorded in one statement; other callers and finished accounts are not', async () => {
  for (const name of ['1', '2', '3', '4', '5']) await meet(world, `acc_${name}`, idsOf(name));
  await world.store.pool.query(
    "UPDATE carryover.status_documents SET document = $1 WHERE subject = 'acc_4'",
    ['{"status":"all-messages-migrated","brands":{"br_4":"all-messages-migrated"},"channels":{}}'],
  );
  await world.app.appPolls.flush();
  const query = vi.spyOn(world.store.pool, 'query');
  const statements = () =>
    query.mock.calls.filter(([text]) => JSON.stringify(text).includes('INTO carryover.app_polls'));
  const poll = async (accountId: string, role: 'app' | 'service') => {
    const token = await tokenFor(role, role === 'app' ? accountId : undefined);
    return world.call('GET', `/v2/check-migration-status?account_id=${accountId}`, { token });
  };
  for (let times = 0; times < 3; times += 1) {
    for (const accountId of ['acc_1', 'acc_2', 'acc_4']) {
      expect((await poll(accountId, 'app')).statusCode).toBe(200);
    }
    await poll('acc_3', 'service');
    expect((await poll('acc_never', 'app')).statusCode).toBe(404);
  }
  await world.app.appPolls.flush();
  await world.app.appPolls.flush();
  expect(statements()).toHaveLength(1);
  expect((await rows()).map(({ id }) => id)).toEqual(['acc_1', 'acc_2']);

  const token = await tokenFor('app', 'acc_5');
  const started = await world.call('POST', '/v2/start-migration', { token, body: { account_id: 'acc_5' } });
  expect(started.json()).toMatchObject({ migration_status: 'migrating' });
  await world.app.appPolls.flush();
  expect(statements()).toHaveLength(2);
  query.mockRestore();
  expect(await isAwaited(world.store.pool, migrationOf('acc_5'))).toBe(true);
  expect(await isAwaited(world.store.pool, migrationOf('acc_3'))).toBe(false);
});

test('an account is recorded at most once a minute by all processes together, and counts as polled for two', async () => {
  const { pool } = world.store;
  await noteAppPolls(pool, CONVERSATIONS, ['acc_b', 'acc_a']);
  for (const [seconds, after] of [
    [50, 50],
    [70, 0],
  ] as const) {
    await age('acc_a', seconds);
    await Promise.all([
      noteAppPolls(pool, CONVERSATIONS, ['acc_a', 'acc_b']),
      noteAppPolls(pool, CONVERSATIONS, ['acc_b', 'acc_a']),
    ]);
    expect(Math.floor((await rows()).find(({ id }) => id === 'acc_a')?.age ?? -1)).toBe(after);
  }
  await age('acc_b', 110);
  expect(await isAwaited(pool, migrationOf('acc_b'))).toBe(true);
  await age('acc_b', 130);
  expect(await isAwaited(pool, migrationOf('acc_b'))).toBe(false);
});

test('a failed write loses only the polls of that minute; the next minute records them again', async () => {
  const { app } = world;
  app.appPolls.nextMinute();
  const { pool } = world.store;
  const query = pool.query.bind(pool) as (...args: readonly unknown[]) => unknown;
  const refuse = vi.spyOn(pool, 'query').mockImplementation((...args: readonly unknown[]) => {
    if (JSON.stringify(args[0]).includes('INTO carryover.app_polls')) throw new Error('away');
    return query(...args);
  });
  app.appPolls.note('acc_again');
  await app.appPolls.flush();
  refuse.mockRestore();
  app.appPolls.note('acc_again');
  await app.appPolls.flush();
  expect(await isAwaited(world.store.pool, migrationOf('acc_again'))).toBe(false);
  app.appPolls.nextMinute();
  app.appPolls.note('acc_again');
  await app.appPolls.flush();
  expect(await isAwaited(world.store.pool, migrationOf('acc_again'))).toBe(true);
});
