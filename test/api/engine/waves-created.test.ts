import { beforeAll, expect, test } from 'vitest';
import { forEachTest } from '../../support/for-this-file.js';
import { movesKind } from '../moves-kind.js';
import { apiWorld, tokenFor, type World } from '../world.js';
import { addAccounts, NOON, waveCalls } from './waves-world.js';

let world: World;
let operator: string;
let prefix: string;
beforeAll(async () => {
  operator = await tokenFor('operator');
});
forEachTest(
  () => apiWorld({ clock: NOON, kinds: { moves: movesKind } }),
  (opened, ids) => {
    world = opened;
    prefix = `${Object.values(ids)[0]}`;
  },
);

const post = (path: string, body?: object, token?: string) =>
  waveCalls(world, operator).post(path, body, token);
const accounts = (count: number) => addAccounts(world, prefix, count);

test('a wave is created once for its key, and no two have the same member', async () => {
  const keys = accounts(2);
  const wave = { key: `once ${prefix}`, at_once: 1, window: '22:00-06:00 UTC', keys };
  const first = await post('/v2/waves', wave);
  expect(first.status).toBe(201);
  expect(await post('/v2/waves', wave)).toMatchObject({ status: 200, body: { id: first.body.id } });
  expect(await post('/v2/waves', { ...wave, at_once: 2 })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('Choose another key.') },
  });
  expect(await post('/v2/waves', { ...wave, key: `other ${prefix}` })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining(`${keys[0]}, ${keys[1]} already`) },
  });
  expect((await post(`/v2/waves/${first.body.id}/cancel`)).body).toMatchObject({
    state: 'cancelled',
    counts: { skipped: 2 },
  });
  expect((await post(`/v2/waves/${first.body.id}/pause`)).status).toBe(409);
  expect((await post('/v2/waves', { ...wave, key: `other ${prefix}` })).status).toBe(201);
  const listed = await world.call('GET', '/v2/waves?limit=1', { token: operator });
  expect(listed.json()).toMatchObject({
    waves: [{ key: `other ${prefix}` }],
    next_cursor: expect.any(String),
  });
  const next = await world.call('GET', `/v2/waves?limit=1&cursor=${listed.json().next_cursor}`, {
    token: operator,
  });
  expect(next.json()).toMatchObject({ waves: [{ key: `once ${prefix}` }] });
  const audit = await world.call('GET', '/v2/audit?action=cancel-wave', { token: operator });
  expect(audit.json().entries).toMatchObject([{ details: { key: `once ${prefix}` } }]);
});

test('all migrations with a status are a wave; a pause holds it', async () => {
  const keys = accounts(3);
  for (const key of keys)
    await world.call('GET', `/v2/accounts/${key}`, { token: await tokenFor('service') });
  await world.store.pool.query(
    `UPDATE carryover.migrations SET paused = '{"by":"ann","since":"now"}' WHERE subject = $1`,
    [keys[2]],
  );
  const created = await post('/v2/waves', {
    key: `all ${prefix}`,
    all: { status: 'pending' },
    at_once: 5,
    window: '22:00-06:00 UTC',
  });
  const { id } = created.body;
  const { rows: members } = await world.store.pool.query(
    'SELECT subject FROM carryover.wave_members WHERE wave_id = $1 AND subject = ANY($2) ORDER BY position',
    [id, keys],
  );
  // Nobody has paused these.
  expect(members.map(({ subject }) => subject)).toEqual(keys.slice(0, 2));
  expect((await post(`/v2/waves/${id}/pause`)).body).toMatchObject({
    waiting: expect.stringMatching(/^It is paused by somebody-operator since /),
  });
  await post(`/v2/waves/${id}/cancel`);
  expect(
    await post('/v2/waves', { key: `none ${prefix}`, all: { status: 'migrating' }, at_once: 1 }),
  ).toMatchObject({
    status: 409,
    body: {
      detail: 'No migration with status migrating can be started: there is none outside of open waves.',
    },
  });
});

test.each([
  ['neither keys nor all', {}, 400],
  ['both', { keys: ['acc_1'], all: { status: 'pending' } }, 400],
  ['a status that no account has', { all: { status: 'lost' } }, 400],
  ['a window that is none', { keys: ['acc_1'], window: 'at night' }, 400],
  ['the same member twice', { keys: ['acc_1', 'acc_1'] }, 400],
  ['a kind without waves', { keys: ['1:2'], kind: 'moves' }, 409],
  ['a kind that is none', { keys: ['1:2'], kind: 'nothing' }, 404],
])('a wave of %s is refused', async (_what, more, status) => {
  expect((await post('/v2/waves', { key: 'wrong', at_once: 1, ...more })).status).toBe(status);
  expect(
    (await post('/v2/waves', { key: 'wrong', at_once: 1, ...more }, await tokenFor('service'))).status,
  ).not.toBe(201);
});
