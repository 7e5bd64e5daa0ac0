import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { statementsOf } from '../../support/statements.js';
import { addPhase, addSlice } from '../../support/work.js';
import { openEvents, type Stream } from '../event-stream.js';
import { addMove, movesKind } from '../moves-kind.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';

const MANY = 2_500;

let world: World;
let operator: string;
beforeAll(async () => {
  world = await apiWorld({ kinds: { moves: movesKind } });
  operator = await tokenFor('operator');
  // 5,000 migrations of two kinds, by turns a second apart, and changed before today.
  await world.store.pool.query(
    `INSERT INTO carryover.migrations (kind, subject, name, status)
     SELECT kind, 'old-' || n, 'Old ' || n, CASE kind WHEN 'moves' THEN 'completed' ELSE 'all-messages-migrated' END
     FROM generate_series(1, ${MANY}) n, unnest(ARRAY['moves', 'conversations']) kind`,
  );
  await world.store.pool.query(
    `INSERT INTO carryover.status_documents (kind, subject, document, version, changed_at)
     SELECT kind, subject, '{}', 1, timestamptz '2026-01-01T00:00:00Z' + make_interval(secs => 2 * substr(subject, 5)::int + (kind = 'moves')::int)
     FROM carryover.migrations`,
  );
  await meet(world, 'acc_1');
  await world.call('POST', '/v2/start-migration', {
    token: await tokenFor('service'),
    body: { account_id: 'acc_1' },
  });
  await addMove(world.store, '1:4');
  await addMove(world.store, '2:5', 'failed');
  await addMove(world.store, '3:6', 'completed');
  await world.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => world.close());

async function get(path: string) {
  const answer = await world.call('GET', path, { token: operator });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

interface Row {
  readonly kind: string;
  readonly key: string;
  readonly changed_at: string;
}

/** Statements to the store, and the rows that they answered. */
async function counted<T>(work: () => Promise<T>): Promise<{ result: T; statements: number; rows: number }> {
  const { pool, control } = world.store;
  const { result, statements } = await statementsOf([pool, control], work);
  const answers = await Promise.all(statements.map(({ answer }) => answer));
  const rows = answers.reduce((all, { rowCount }) => all + (rowCount ?? 0), 0);
  return { result, statements: statements.length, rows };
}

test('all kinds are one list, the latest change first, and each migration is on exactly one page', async () => {
  const seen: Row[] = [];
  for (let path = '/v2/all-migrations?limit=100'; ;) {
    const { migrations, next_cursor } = await get(path);
    seen.push(...(migrations as Row[]));
    if (next_cursor === null) break;
    path = `/v2/all-migrations?limit=100&cursor=${next_cursor}`;
  }
  expect(seen).toHaveLength(2 * MANY + 4);
  expect(new Set(seen.map(({ kind, key }) => `${kind}:${key}`)).size).toBe(seen.length);
  const times = seen.map(({ changed_at: at }) => at);
  expect(times).toEqual(times.toSorted().toReversed());
  expect(
    seen
      .slice(0, 4)
      .map(({ key }) => key)
      .toSorted(),
  ).toEqual(['1:4', '2:5', '3:6', 'acc_1']);
});

test('a page of 5,000 migrations reads a page, and not more on the last page than on the first', async () => {
  const page = (query: string) => counted(() => get(`/v2/all-migrations?limit=50${query}`));
  const first = await page('');
  const cursor = Buffer.from(JSON.stringify(['2026-01-01T00:01:00.000000Z', 'x'])).toString('base64url');
  const late = await page(`&cursor=${cursor}`);
  for (const { statements, rows } of [first, late]) {
    expect(statements).toBeGreaterThan(0);
    expect(statements).toBeLessThanOrEqual(20);
    expect(rows).toBeLessThanOrEqual(3 * 51);
  }
});

test('the list is filtered by kind, status, phase, text and need of attention', async () => {
  const keys = async (query: string) =>
    ((await get(`/v2/all-migrations?${query}`)).migrations as Row[]).map(({ key }) => key);
  expect(await keys('kind=moves&limit=3')).toEqual(['3:6', '2:5', '1:4']);
  expect(await keys('status=failed')).toEqual(['2:5']);
  expect(await keys('q=OLD%202499')).toEqual(['old-2499', 'old-2499']);
  expect(await keys('needs_attention=true&kind=moves')).toEqual(['1:4']);
  expect((await keys('phase=done&limit=5')).length).toBe(5);
  const refused = await world.call('GET', '/v2/all-migrations?status=upside-down', { token: operator });
  expect(refused.json().errors).toMatchObject([{ field: 'status', in: 'query' }]);
  for (const query of ['kind=nothing', 'kind=rockets'])
    expect((await world.call('GET', `/v2/all-migrations?${query}`, { token: operator })).statusCode).toBe(
      404,
    );
});

test('a filter without matches is bounded: pages are empty, and have a next cursor', async () => {
  const { result, rows } = await counted(() => get('/v2/all-migrations?phase=nowhere'));
  expect(result).toMatchObject({ migrations: [], next_cursor: expect.any(String) });
  expect(rows).toBeLessThanOrEqual(5 * 2 * 101 + 20);
});

test('one migration is answered as the list shows it', async () => {
  const { migrations } = await get('/v2/all-migrations?q=acc_1');
  expect(await get('/v2/kinds/conversations/migrations/acc_1/row')).toEqual(migrations[0]);
  expect(await get('/v2/kinds/moves/migrations/1%3A4/row')).toMatchObject({ kind: 'moves', key: '1:4' });
  const unknown = await world.call('GET', '/v2/kinds/moves/migrations/9/row', { token: operator });
  expect(unknown.statusCode).toBe(404);
});

test('the summary counts every kind by what its statuses mean', async () => {
  const summary = await get('/v2/summary');
  expect(summary).toMatchObject({
    running: 2,
    waiting: 0,
    failed: 1,
    done_today: 1,
    paused: 0,
    rate: 0,
    seconds_left: null,
  });
  expect(summary.by_status).toEqual(
    expect.arrayContaining([
      { kind: 'conversations', status: 'all-messages-migrated', count: MANY },
      { kind: 'moves', status: 'completed', count: MANY + 1 },
      { kind: 'moves', status: 'failed', count: 1 },
    ]),
  );
});

test('an import has a rate and a range of time left, in the list, the units and the summary', async () => {
  const { pool } = world.store;
  for (const phase of ['recent', 'remaining']) {
    await addPhase(pool, 'br_1', phase);
    await addSlice(pool, 'br_1', phase, { stage: 'threads', read: 9, estimate: 9, done: true });
    await addSlice(pool, 'br_1', phase, {
      stage: 'messages',
      read: 500,
      quarantined: 3,
      estimate: 1_000,
      bounds: [900, 1_500],
    });
  }
  await pool.query(`UPDATE carryover.phases SET planned_at = now() - interval '100 seconds'`);
  const row = await vi.waitUntil(async () => {
    const found = await get('/v2/kinds/conversations/migrations/acc_1/row');
    return found.rate > 0 && found;
  });
  // 10 a second; 800 to 2,000 are left.
  expect(row.progress).toEqual({ done: 1_000, planned: 2_000 });
  expect(row.rate).toBeGreaterThan(5);
  expect(row.rate).toBeLessThanOrEqual(10);
  expect(row.seconds_left.from).toBeGreaterThanOrEqual(80);
  expect(row.seconds_left.to).toBeGreaterThanOrEqual(200);
  expect((await get('/v2/summary')).seconds_left).not.toBe(null);

  const { units } = await get('/v2/kinds/conversations/migrations/acc_1/units');
  expect(units).toHaveLength(1);
  expect(units[0]).toMatchObject({
    unit: 'br_1',
    status: 'migrating',
    since: expect.any(String),
    failures: 0,
    phases: [
      { phase: 'recent', status: 'reading', done: 500, planned: 1_000, quarantined: 3 },
      { phase: 'remaining', status: 'reading', done: 500, planned: 1_000, quarantined: 3 },
    ],
  });
  expect(units[0].parts.map(({ type }: { type: string }) => type).toSorted()).toEqual(['email', 'sms']);
  expect(units[0].phases[0].seconds_left.from).toBeGreaterThanOrEqual(1);
});

test('a phase that has read everything is not done until it is checked', async () => {
  await world.store.pool.query(
    `UPDATE carryover.work SET done = true, read = 1000 WHERE phase = 'recent' AND stage = 'messages'`,
  );
  const recent = async () => (await get('/v2/kinds/conversations/migrations/acc_1/units')).units[0].phases[0];
  expect(await recent()).toMatchObject({ status: 'checking', done: 1_000, planned: 1_001 });
  await world.store.pool.query(`UPDATE carryover.phases SET completed_at = now() WHERE phase = 'recent'`);
  expect(await recent()).toMatchObject({
    status: 'done',
    done: 1_000,
    planned: 1_000,
    rate: 0,
    seconds_left: null,
  });
});

test('the units of a kind without a view of them come from its work', async () => {
  expect((await get('/v2/kinds/moves/migrations/1%3A4/units')).units).toEqual([]);
  await world.store.pool.query(
    `INSERT INTO carryover.units (migration_id, key, name) SELECT id, 'room 1', 'Room 1' FROM carryover.migrations WHERE subject = '1:4'`,
  );
  expect((await get('/v2/kinds/moves/migrations/1%3A4/units')).units).toEqual([
    {
      unit: 'room 1',
      name: 'Room 1',
      status: 'waiting',
      since: null,
      failures: 1,
      parts: [],
      phases: [
        {
          phase: 'everything',
          status: 'waiting',
          done: 0,
          planned: 0,
          rate: 0,
          seconds_left: null,
          quarantined: 0,
        },
      ],
    },
  ]);
});

test.each(['units', 'timeline', 'row'])('%s of an unknown migration is 404', async (what) => {
  for (const kind of ['moves', 'conversations', 'rockets']) {
    const answer = await world.call('GET', `/v2/kinds/${kind}/migrations/nobody/${what}`, {
      token: operator,
    });
    expect(answer.statusCode).toBe(404);
  }
});

test('the timeline has everything that happened, newest first, on pages of any size', async () => {
  for (const action of ['pause', 'resume'])
    await world.call('POST', `/v2/kinds/conversations/migrations/acc_1/${action}`, { token: operator });
  await world.store.pool.query(
    `INSERT INTO carryover.verifications (kind, subject, repair, state, asked_by, ended_at)
     VALUES ('conversations', 'acc_1', false, 'equal', 'robin', now() + interval '1 second')`,
  );
  await world.store.pool.query(
    `INSERT INTO carryover.followed_accounts (account_id, by, since) VALUES ('acc_1', 'stream', now()) ON CONFLICT DO NOTHING`,
  );
  const path = '/v2/kinds/conversations/migrations/acc_1/timeline';
  const { events } = await get(`${path}?limit=100`);
  const times = events.map(({ at }: { at: string }) => at);
  expect(times).toEqual(times.toSorted().toReversed());
  expect(events).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'steering', what: 'start', by: 'somebody-service' }),
      expect.objectContaining({ type: 'steering', what: 'pause', by: 'somebody-operator' }),
      expect.objectContaining({ type: 'status', what: 'recent: imported and checked', unit: 'br_1' }),
      expect.objectContaining({ type: 'verification', what: 'verification ended: all equal' }),
      expect.objectContaining({ type: 'following', detail: 'stream' }),
    ]),
  );
  const paged = [];
  for (let next = `${path}?limit=2`; ;) {
    const page = await get(next);
    expect(page.events.length).toBeLessThanOrEqual(2);
    paged.push(...page.events);
    if (page.next_cursor === null) break;
    next = `${path}?limit=2&cursor=${page.next_cursor}`;
  }
  expect(paged).toEqual(events);
  expect((await world.call('GET', `${path}?cursor=abc`, { token: operator })).statusCode).toBe(400);
});

test('failures are in the timeline of every kind', async () => {
  const { events } = await get('/v2/kinds/moves/migrations/1%3A4/timeline');
  expect(events).toContainEqual({
    at: '2026-03-01T10:00:00.000000Z',
    type: 'failure',
    what: 'door of room 1',
    by: null,
    unit: 'room 1',
    detail: 'It is locked.',
  });
});

test('fifty streams cost as much as one, and all get the changes', async () => {
  const token = operator;
  const streams: Stream[] = [];
  for (let i = 0; i < 50; i += 1) streams.push(await openEvents(world, '/v2/events', token));
  await vi.waitUntil(() => streams.every(({ events }) => events[0]?.name === 'summary'));
  const summaries = () => streams.map(({ events }) => events.filter(({ name }) => name === 'summary').length);
  const before = Math.max(...summaries());
  const query = vi.spyOn(world.store.control, 'query');
  await world.call('POST', '/v2/kinds/moves/migrations/2%3A5/pause', { token });
  await vi.waitUntil(() =>
    streams.every(({ events }) =>
      events.some(({ name, data }) => name === 'changed' && data['key'] === '2:5'),
    ),
  );
  await vi.waitUntil(() => Math.min(...summaries()) > before);
  const asked = query.mock.calls.map((call) => JSON.stringify(call[0]));
  query.mockRestore();
  const counts = asked.filter((text) => text.includes('status_documents d USING'));
  // A few looks pass until the summary has changed; each stream has it at least once.
  expect(counts.length).toBeGreaterThan(0);
  expect(counts.length).toBeLessThan(streams.length);
  const last = streams.map(({ events }) => events.findLast(({ name }) => name === 'summary')!.data);
  expect(last.every((each) => each['paused'] === 1)).toBe(true);
  for (const { response } of streams) response.destroy();
  await vi.waitUntil(() => world.app.streams.size === 0);
});

test('roles without operators’ rights read none of it', async () => {
  for (const path of [
    '/v2/all-migrations',
    '/v2/summary',
    '/v2/events',
    '/v2/kinds/moves/migrations/1%3A4/units',
  ])
    expect((await world.call('GET', path, { token: await tokenFor('service') })).statusCode).toBe(403);
});
