import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { statementsOf } from '../../support/statements.js';
import { openEvents, type Stream } from '../event-stream.js';
import { movesKind } from '../moves-kind.js';
import { type World, apiWorld, tokenFor } from '../world.js';
import { addOverviewed, answerAt } from './overview-world.js';

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
  await addOverviewed(world);
});
afterAll(() => world.close());

const get = (path: string) => answerAt(world, path);

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
