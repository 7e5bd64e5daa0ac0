import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { MigrationWatch } from '../../../api/migration-watch.js';
import { Streams } from '../../../api/plugins/streams.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { beginStart } from '../../../gateways/store/conversations/status/statuses.js';
import { openEvents } from '../event-stream.js';
import { type World, apiWorld, meet, signed, tokenFor } from '../world.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { addPhase, addSlice } from '../../support/work.js';

let world: World;
let operator: string;
beforeAll(async () => {
  world = await apiWorld({ maxStreams: 3 });
  operator = await tokenFor('operator');
  await meet(world, 'acc_1');
  await world.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => world.close());

/** Reads a stream as a browser does. */
const open = (path: string, of = world, token = operator) => openEvents(of, path, token);

test('the stream begins with the current migration and sends every change', async () => {
  const stream = await open('/v2/migrations/acc_1/events');
  expect(stream.response.statusCode).toBe(200);
  expect(stream.response.headers['content-type']).toBe('text/event-stream');
  await vi.waitUntil(() => stream.events.length === 1);
  const now = (await world.call('GET', '/v2/migrations/acc_1', { token: operator })).json();
  expect(stream.events[0]).toEqual({ name: 'migration', data: now });

  await transaction(world.store.control, 'test', (tx) => beginStart(tx, 'acc_1', 'test'));
  await vi.waitUntil(() => stream.events.at(-1)?.data['migration_status'] === 'migrating');

  // Counts change without a change of status.
  await addPhase(world.store.pool, 'br_1', 'recent');
  await addSlice(world.store.pool, 'br_1', 'recent', { stage: 'messages', read: 5, estimate: 10 });
  await vi.waitUntil(() => (stream.events.at(-1)!.data['messages'] as { done: number }).done === 5);
  stream.response.destroy();
  await vi.waitUntil(() => world.app.streams.size === 0);
});

test('the stream of an unknown account is 404', async () => {
  const stream = await open('/v2/migrations/acc_nobody/events');
  expect(stream.response.statusCode).toBe(404);
});

test('the number of streams is bounded', async () => {
  const streams = [];
  for (let i = 0; i < 3; i += 1) streams.push(await open('/v2/migrations/acc_1/events'));
  const refused = await open('/v2/migrations/acc_1/events');
  expect(refused.response.statusCode).toBe(503);
  expect(Number(refused.response.headers['retry-after'])).toBeGreaterThan(0);
  for (const { response } of streams) response.destroy();
  await vi.waitUntil(() => world.app.streams.size === 0);
});

test('streams end when the API stops', async () => {
  const ending = await apiWorld();
  await meet(ending, 'acc_1');
  await ending.app.listen({ host: '127.0.0.1', port: 0 });
  const stream = await open('/v2/migrations/acc_1/events', ending);
  await vi.waitUntil(() => stream.events.length === 1);
  await ending.close();
  await vi.waitUntil(() => stream.ended);
  expect(stream.events).toHaveLength(1);
});

test('a stream ends when its token expires', async () => {
  const clock = new VirtualClock();
  const timed = await apiWorld({ clock });
  await meet(timed, 'acc_1');
  await timed.app.listen({ host: '127.0.0.1', port: 0 });
  const tokenOf = (seconds: number) =>
    signed({ sub: 'somebody', role: 'operator', exp: clock.now() / 1_000 + seconds });
  const [token, longer] = [await tokenOf(20), await tokenOf(60)];
  const stream = await open('/v2/migrations/acc_1/events', timed, token);
  expect(stream.response.statusCode).toBe(200);
  const other = await open('/v2/migrations/acc_1/events', timed, longer);
  await vi.waitUntil(() => timed.app.streams.size === 2);
  await clock.advance(20_000);
  await vi.waitUntil(() => stream.ended);
  expect(other.ended).toBe(false);
  expect((await open('/v2/migrations/acc_1/events', timed, token)).response.statusCode).toBe(401);
  other.response.destroy();
  await vi.waitUntil(() => timed.app.streams.size === 0);
  await timed.close();
});

test('all watchers of an account share one read, and without watchers it is not read', async () => {
  let reads = 0;
  const read = async () => ({ reads: ++reads }) as never;
  const clock = new VirtualClock();
  const watch = new MigrationWatch({ clock, read });
  const told: string[][] = [[], [], []];
  const leave = told.map((list) => watch.subscribe('acc_1', 'first', (json) => list.push(json)));
  await clock.advance(5_000);
  expect(reads).toBe(5);
  expect(told[0]).toEqual(told[1]);
  expect(told[0]?.[0]).toBe('first');
  for (const end of leave) end();
  clock.assertIdle();
  watch.changed('acc_1');
  expect(reads).toBe(5);
  expect(told[2]).toEqual(told[0]);
});

test('a stream whose first state is still being read when the process stops is not opened', async () => {
  const streams = new Streams(3);
  const early = streams.open().resume();
  streams.endAll();
  await vi.waitUntil(() => early.closed);
  expect(() => streams.open()).toThrow(expect.objectContaining({ status: 503 }));
  expect(streams.size).toBe(0);
});
