import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ROLES, type Role } from '../../../api/roles.js';
import { leadBrand } from '../../gateways/store/world.js';
import { openEvents } from '../event-stream.js';
import { addMove, movesKind } from '../moves-kind.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';
import { addPhase, addSlice } from '../../support/work.js';

let world: World;
let operator: string;
beforeAll(async () => {
  world = await apiWorld({
    kinds: { moves: movesKind, rockets: () => ({ off: 'ROCKETS_URL is not set.' }) },
  });
  operator = await tokenFor('operator');
  await meet(world, 'acc_1');
  await world.call('POST', '/v2/start-migration', {
    token: await tokenFor('service'),
    body: { account_id: 'acc_1' },
  });
  for (const key of ['1:4', '2:5', '3:6'])
    await addMove(world.store, key, key === '3:6' ? 'completed' : 'running');
  await world.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => world.close());

const get = (path: string) => world.call('GET', `/v2/kinds${path}`, { token: operator });
const post = (path: string, body?: unknown) =>
  world.call('POST', `/v2/kinds${path}`, { token: operator, ...(body === undefined ? {} : { body }) });

test('the kinds that are on are listed', async () => {
  expect((await get('')).json()).toEqual({
    kinds: [
      {
        kind: 'conversations',
        name: 'Conversations',
        units: 'brands',
        phases: ['recent', 'remaining'],
        statuses: expect.arrayContaining(['migrating', 'all-messages-migrated']),
        steerings: ['pause', 'resume', 'cancel', 'retry', 'verify', 'finish'],
        preflight: true,
        waves: true,
        links: { temporal: 'http://127.0.0.1:8233' },
      },
      {
        kind: 'moves',
        name: 'Moves between rooms',
        units: 'rooms',
        phases: ['everything'],
        statuses: ['running', 'completed', 'cancelled', 'failed', 'undone'],
        steerings: ['pause', 'resume', 'cancel', 'undo'],
        preflight: false,
        waves: false,
        links: { temporal: 'http://127.0.0.1:8233' },
      },
    ],
  });
});

const KINDS = [
  { kind: 'conversations', key: 'acc_1', has: ['pause', 'resume', 'retry', 'cancel', 'verify'] },
  { kind: 'moves', key: '1:4', has: ['cancel', 'pause', 'resume', 'undo'] },
];
const READS = ['', '/failures', '/audit', '/explain'];
const ACTIONS = ['pause', 'resume', 'cancel', 'retry', 'verify', 'undo'];

describe.each(KINDS)('of the kind $kind', ({ kind, key, has }) => {
  const path = `/${kind}/migrations/${encodeURIComponent(key)}`;

  test.each(ROLES)('the role %s may do everything or nothing', async (role: Role) => {
    const token = await tokenFor(role, role === 'app' ? key : undefined);
    const may = role === 'operator' || role === 'admin';
    for (const url of ['', `/${kind}/migrations`, `/${kind}/failures`, `/${kind}/report`, path]) {
      const answer = await world.call('GET', `/v2/kinds${url}`, { token });
      expect([url, answer.statusCode]).toEqual([url, may ? 200 : 403]);
    }
    for (const action of ACTIONS.filter((each) => !may || each === 'pause')) {
      const answer = await world.call('POST', `/v2/kinds${path}/${action}`, { token });
      expect([action, answer.statusCode]).toEqual([action, may ? 202 : 403]);
    }
    await post(`${path}/resume`);
  });

  test.each(ACTIONS)('%s is accepted and audited; a kind without it answers 409', async (action) => {
    const before = (await get(`${path}/audit`)).json().entries.length;
    const answer = await post(`${path}/${action}`);
    const { entries } = (await get(`${path}/audit`)).json();
    if (!has.includes(action)) {
      expect(answer.statusCode).toBe(409);
      expect(answer.json().detail).toBe(
        `The kind ${kind} has no ${action}. It has: ${has.toSorted().join(', ')}.`,
      );
      expect(entries).toHaveLength(before);
      return;
    }
    // A migration that runs, or was cancelled, is not verified.
    expect(answer.statusCode).toBe(action === 'verify' ? 409 : 202);
    if (action === 'verify') return;
    expect(answer.json()).toEqual({ kind, key, status: expect.any(String) });
    expect(entries[0]).toMatchObject({ key, action, actor: 'somebody-operator', role: 'operator' });
    expect((await post(`${path}/${action}`)).statusCode).toBe(202);
  });

  test('a pause is a flag that the list shows until it is resumed', async () => {
    await post(`${path}/retry`);
    await post(`${path}/pause`);
    const row = async () =>
      (await get(`/${kind}/migrations?q=${key}`))
        .json()
        .migrations.find((each: { key: string }) => each.key === key);
    expect((await row()).paused).toMatchObject({ by: 'somebody-operator' });
    await post(`${path}/resume`);
    expect((await row()).paused).toBe(null);
  });

  test('calls without a body refuse one', async () => {
    expect((await post(`${path}/pause`, { hard: true })).statusCode).toBe(400);
    expect((await post(`${path}/pause`, {})).statusCode).toBe(202);
    await post(`${path}/resume`);
  });

  test.each(READS)('GET {key}%s of an unknown migration is 404', async (what) => {
    expect((await get(`${path}${what}`)).statusCode).toBe(200);
    expect((await get(`/${kind}/migrations/nobody${what}`)).statusCode).toBe(404);
  });

  test.each(ACTIONS)('%s of an unknown migration is 404', async (action) => {
    expect((await post(`/${kind}/migrations/nobody/${action}`)).statusCode).toBe(404);
  });

  test('a certificate that does not exist is 404', async () => {
    expect((await get(`${path}/certificate`)).statusCode).toBe(404);
    expect((await get(`${path}/certificate/status`)).statusCode).toBe(404);
    const sha256 = 'a'.repeat(64);
    expect((await get(`${path}/certificate/status?sha256=${sha256}`)).json()).toMatchObject({
      kind,
      key,
      state: 'unknown',
      sha256,
    });
  });

  test('a list takes the statuses of its kind', async () => {
    const refused = await get(`/${kind}/migrations?status=upside-down`);
    expect(refused.statusCode).toBe(400);
    expect(refused.json().errors).toMatchObject([{ field: 'status', in: 'query' }]);
    expect((await get(`/${kind}/failures?kind=upside-down`)).statusCode).toBe(400);
    expect((await get(`/${kind}/migrations?cursor=abc`)).statusCode).toBe(400);
    expect((await get(`/${kind}/migrations?cursor=abc`)).json().errors[0].field).toBe('cursor');
    expect((await get(`/${kind}/failures?cursor=abc`)).statusCode).toBe(400);
  });

  test('the stream begins with the current migration and follows steering', async () => {
    const stream = await openEvents(world, `/v2/kinds${path}/events`, operator);
    await vi.waitUntil(() => stream.events.length === 1);
    expect(stream.events[0]).toEqual({ name: 'migration', data: (await get(path)).json() });
    await post(`${path}/pause`);
    await vi.waitUntil(() => Boolean(stream.events.at(-1)?.data['paused']));
    stream.response.destroy();
    await post(`${path}/resume`);
  });
});

test('a migration of conversations is the same through both paths', async () => {
  const pairs = [
    ['/v2/migrations/acc_1', '/v2/kinds/conversations/migrations/acc_1'],
    ['/v2/migrations/acc_1/certificate', '/v2/kinds/conversations/migrations/acc_1/certificate'],
  ];
  for (const [account, kind] of pairs) {
    const [one, other] = await Promise.all(
      [account!, kind!].map((path) => world.call('GET', path, { token: operator })),
    );
    expect([one!.statusCode, one!.json()]).toEqual([other!.statusCode, other!.json()]);
  }
  const listed = (await world.call('GET', '/v2/migrations', { token: operator })).json().migrations[0];
  expect((await get('/conversations/migrations')).json().migrations[0]).toMatchObject({
    key: listed.account_id,
    name: listed.name,
    status: listed.migration_status,
    changed_at: listed.changed_at,
    paused: listed.paused,
  });
});

test('a kind that is unknown, or off, is 404 and says which are on', async () => {
  for (const path of ['/migrations', '/migrations/1', '/failures', '/report', '/migrations/1/audit']) {
    const [unknown, off] = [await get(`/planets${path}`), await get(`/rockets${path}`)];
    expect([unknown.statusCode, off.statusCode]).toEqual([404, 404]);
    expect(unknown.json().detail).toBe(
      'There is no such kind of migration. The kinds that are on: conversations, moves.',
    );
    expect(off.json().detail).toBe(
      'The kind rockets is off: ROCKETS_URL is not set. The kinds that are on: conversations, moves.',
    );
  }
  expect((await post('/planets/migrations/1/pause')).statusCode).toBe(404);
  expect((await post('/rockets/migrations/1/verify')).statusCode).toBe(404);
});

test('pages of a kind follow each other by their cursors', async () => {
  for (const action of ['pause', 'resume']) await post(`/moves/migrations/2:5/${action}`);
  const first = (await get('/moves/migrations?limit=2')).json();
  expect(first.migrations[0].key).toBe('2:5');
  const rest = (await get(`/moves/migrations?limit=2&cursor=${first.next_cursor}`)).json();
  expect(rest.next_cursor).toBe(null);
  const listed = [...first.migrations, ...rest.migrations].map(({ key }: { key: string }) => key);
  expect(listed.toSorted()).toEqual(['1:4', '2:5', '3:6']);
  const failures = (await get('/moves/failures?limit=2')).json();
  expect(failures.failures.map(({ id }: { id: string }) => id)).toEqual(['1', '2']);
  const more = (await get(`/moves/migrations/1:4/failures?cursor=${failures.next_cursor}`)).json();
  expect(more.failures).toMatchObject([{ id: '3', key: '1:4', unit: 'room 3', kind: 'door-locked' }]);
});

test('a list is searched by key and by name, in upper and lower case, and filtered by status', async () => {
  world.conversations.records.set('acc_Q%', { name: 'Harbour_Café' });
  world.conversations.payloads.set('acc_Q%', { account_id: 'acc_Q%', name: 'Harbour_Café', brands: [] });
  await world.call('GET', `/v2/accounts/${encodeURIComponent('acc_Q%')}`, {
    token: await tokenFor('service'),
  });
  const keys = async (q: string) => {
    const search = encodeURIComponent(q);
    const [kind, accounts] = await Promise.all([
      get(`/conversations/migrations?q=${search}`),
      world.call('GET', `/v2/migrations?q=${search}`, { token: operator }),
    ]);
    const found = kind.json().migrations.map(({ key }: { key: string }) => key);
    expect(accounts.json().migrations.map(({ account_id: id }: { account_id: string }) => id)).toEqual(found);
    return found;
  };
  expect(await keys('hARBOUR')).toEqual(['acc_Q%']);
  expect(await keys('CAFÉ')).toEqual(['acc_Q%']);
  expect(await keys('_q%')).toEqual(['acc_Q%']);
  expect(await keys('%')).toEqual(['acc_Q%']);
  expect(await keys('lakeside')).toEqual(['acc_1']);
  expect(await keys('nothing like it')).toEqual([]);
  expect((await get('/conversations/migrations?status=pending')).json().migrations).toMatchObject([
    { key: 'acc_Q%' },
  ]);
  expect((await get('/moves/migrations?status=completed')).json().migrations).toMatchObject([{ key: '3:6' }]);
});

test('a row shows the phase, the progress, and whether something needs a person', async () => {
  const row = async () => (await get('/conversations/migrations?q=acc_1')).json().migrations[0];
  expect(await row()).toMatchObject({
    phase: 'preparing',
    progress: { done: 0, planned: 0 },
    needs_attention: false,
  });
  await world.call('POST', '/v2/start-migration', {
    token: await tokenFor('service'),
    body: { account_id: 'acc_1' },
  });
  await planned('recent', 4, 10);
  await leadBrand(world.store, 'acc_1', 'br_1', ['recent-messages-failure']);
  const view = (await get('/conversations/migrations/acc_1')).json();
  expect(await row()).toMatchObject({
    status: 'recent-messages-failure',
    phase: view.phase,
    progress: { done: view.messages.done, planned: view.messages.planned },
    needs_attention: true,
  });
  expect([view.phase, view.messages.done, view.messages.planned]).toEqual(['recent', 4, 10]);
  const { failures } = (await get('/conversations/migrations/acc_1/failures')).json();
  expect(failures).toMatchObject([{ kind: 'recent-messages', key: 'acc_1', unit: 'br_1' }]);
  expect((await get('/conversations/report')).json()).toMatchObject({
    kind: 'conversations',
    counts: { 'recent-messages': 1 },
    entries: [{ kind: 'recent-messages', key: 'acc_1', unit: 'br_1', count: 1 }],
  });
});

async function planned(phase: string, read: number, estimate: number): Promise<void> {
  await addPhase(world.store.pool, 'br_1', phase);
  await addSlice(world.store.pool, 'br_1', phase, { stage: 'messages', read, estimate });
}

test('every view of a kind is described', async () => {
  const { components } = (await world.app.inject('/openapi.json')).json();
  expect(components.schemas.KindMigration.anyOf).toEqual([
    { $ref: '#/components/schemas/Migration' },
    { $ref: '#/components/schemas/Move' },
  ]);
});
