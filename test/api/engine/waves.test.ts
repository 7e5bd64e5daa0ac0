import { beforeAll, expect, test } from 'vitest';
import { stepWave } from '../../../api/engine/waves/step.js';
import type { ApiKind } from '../../../api/engine/kind.js';
import type { KindsWorld } from '../../../api/kinds.js';
import { conversationsKind } from '../../../api/conversations/kind.js';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { recordAccountFailure } from '../../../gateways/store/conversations/status/statuses.js';
import { forEachTest } from '../../support/for-this-file.js';
import { apiWorld, tokenFor, type World } from '../world.js';
import { addAccounts, countStarts, endMigration, NOON, waveCalls } from './waves-world.js';

let kind: ApiKind;
let world: World;
let operator: string;
let prefix: string;
let logged: unknown[];
beforeAll(async () => {
  operator = await tokenFor('operator');
});
forEachTest(
  () =>
    apiWorld({
      clock: NOON,
      kinds: { conversations: (of: KindsWorld) => (kind = conversationsKind(of)) },
    }),
  (opened, ids) => {
    world = opened;
    logged = [];
    prefix = `${Object.values(ids)[0]}`;
  },
);

const calls = () => waveCalls(world, operator);
const post = (path: string, body?: object) => calls().post(path, body);
const show = (id: string) => calls().show(id);

const accounts = (count: number) => addAccounts(world, prefix, count);

/** A wave that nobody has looked at yet. */
async function paused(key: string, more: object): Promise<string> {
  const { id } = (await post('/v2/waves', { key, at_once: 2, window: '22:00–06:00 UTC', ...more })).body;
  return id;
}

const log = { error: (...facts: unknown[]) => void logged.push(facts) };
/** In the night: the API's own keeper lives at noon, and starts nothing. */
const night = () => ({
  store: world.store,
  clock: { ...NOON, now: () => Date.parse('2026-01-05T23:00:00.000Z') },
  log,
});
/** The keeper may be looking at the wave that was just created. */
const step = async (id: string, of = kind): Promise<number> => {
  for (;;) {
    const started = await stepWave(night(), of, id);
    if (started !== undefined) return started;
  }
};

const endOf = (accountId: string, status: AccountStatus) => endMigration(world, accountId, status);
const startsOf = (keys: readonly string[]) => countStarts(world, keys);

test('a few members run at once, the next is started when one has ended, and the wave ends with the last', async () => {
  const keys = accounts(4);
  const id = await paused(`night ${prefix}`, { keys });
  expect(await show(id)).toMatchObject({
    state: 'running',
    waiting: 'Its window 22:00–06:00 UTC opens at 2026-01-05 22:00:00 UTC.',
    counts: { total: 4, waiting: 4 },
  });
  expect(await step(id)).toBe(2);
  expect(await step(id)).toBe(0);
  expect(await show(id)).toMatchObject({
    counts: { waiting: 2, running: 2 },
    members: [{ key: keys[0] }, { key: keys[1] }],
  });
  await endOf(keys[0]!, 'all-messages-migrated');
  expect(await step(id)).toBe(1);
  await endOf(keys[1]!, 'remaining-messages-failure');
  expect(await step(id)).toBe(1);
  // Somebody tries again what failed: it runs again.
  await endOf(keys[1]!, 'all-messages-migrated');
  await endOf(keys[2]!, 'all-messages-migrated');
  await endOf(keys[3]!, 'all-messages-migrated');
  await step(id);
  expect(await show(id)).toMatchObject({ state: 'done', waiting: null, counts: { done: 4 } });
  expect(await startsOf(keys)).toEqual(Object.fromEntries(keys.map((key) => [key, 1])));
  const audit = await world.call('GET', `/v2/audit?account_id=${keys[3]}`, { token: operator });
  expect(audit.json().entries).toMatchObject([{ action: 'start', actor: 'somebody-operator' }]);
});

test('steps at the same time, and one that dies before its commit, start each member once', async () => {
  const keys = accounts(6);
  const id = await paused(`race ${prefix}`, { keys, at_once: 4 });
  const { starting } = kind;
  const dying: ApiKind = {
    ...kind,
    starting: {
      ...starting!,
      async begin(...of) {
        await starting!.begin(...of);
        throw new CarryoverError('StoreUnavailable', 'killed');
      },
    },
  };
  await expect(step(id, dying)).rejects.toThrow('killed');
  expect(await startsOf(keys)).toEqual({});
  expect(await show(id)).toMatchObject({ counts: { waiting: 6 } });
  let started = 0;
  // A step leaves out what another one has locked.
  do {
    const steps = await Promise.all(Array.from({ length: 3 }, () => stepWave(night(), kind, id)));
    started += steps.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  } while (started < 4);
  expect(started).toBe(4);
  expect(await step(id)).toBe(0);
  expect(await startsOf(keys)).toEqual(Object.fromEntries(keys.slice(0, 4).map((key) => [key, 1])));
});

test('a wave stops when too many fail; resuming it accepts those failures', async () => {
  const keys = [`acc_${prefix}_unknown`, ...accounts(3)];
  world.conversations.records.set(keys[1]!, { name: 'Lakeside Dental', status: 'closed' });
  const id = await paused(`careful ${prefix}`, { keys, stop_percent: 50 });
  expect(await step(id)).toBe(2);
  expect(await show(id)).toMatchObject({
    counts: { refused: 2, waiting: 2 },
    members: [
      { key: keys[0], failure: { type: 'AccountUnknown' } },
      { key: keys[1], failure: { type: 'AccountClosed', next_step: expect.stringContaining('Reopen') } },
    ],
  });
  expect(await step(id)).toBe(2);
  expect(logged).toEqual([]);
  await transaction(world.store.control, 'test', (tx) =>
    recordAccountFailure(tx, keys[2]!, { type: 'PayloadImpossible', message: 'none' }),
  );
  await world.store.pool.query(
    `INSERT INTO carryover.wave_members (wave_id, position, kind, subject) VALUES ($1, 9, 'conversations', $2)`,
    [id, `acc_${prefix}_late`],
  );
  expect(await step(id)).toBe(0);
  expect(await show(id)).toMatchObject({
    state: 'stopped',
    waiting: expect.stringContaining('3 of 3 have failed, and the limit is 50 %.'),
  });
  expect((await post(`/v2/waves/${id}/resume`)).body).toMatchObject({ state: 'running' });
  expect((await post(`/v2/waves/${id}/resume`)).status).toBe(200);
});

test('an earlier failure is started again, and counts only once it has failed again', async () => {
  const [key] = accounts(1) as [string];
  world.conversations.records.set(key, { name: 'Lakeside Dental', status: 'closed' });
  const broken = `acc_${prefix}_broken`;
  world.conversations.records.set(broken, { name: 7 as unknown as string });
  const first = await paused(`closed ${prefix}`, { keys: [key, broken] });
  await step(first);
  await step(first);
  expect(await show(first)).toMatchObject({
    state: 'done',
    counts: { refused: 2 },
    members: [{ failure: { type: 'AccountClosed' } }, { failure: { type: 'PayloadImpossible' } }],
  });
  world.conversations.records.set(key, { name: 'Lakeside Dental' });
  const second = await paused(`reopened ${prefix}`, { keys: [key], stop_percent: 0 });
  expect(await step(second)).toBe(1);
  await step(second);
  expect(await show(second)).toMatchObject({ state: 'running', counts: { running: 1 } });
});

test('a member that the source does not answer for blocks no other, and the wave shows it', async () => {
  const pair = addAccounts(world, `${prefix}_pair`, 2);
  world.conversations.trouble = { status: 503 };
  const both = await post('/v2/waves', { key: `pair ${prefix}`, at_once: 2, keys: pair });
  await expect
    .poll(async () => (await show(both.body.id)).waiting)
    .toContain(`${pair[0]} and 1 more cannot be started now, and each is retried after a minute: Conv`);
  world.conversations.trouble = undefined;
  const keys = accounts(4);
  const id = await paused(`held ${prefix}`, { keys });
  const unasked = new Set([keys[0]!, keys[1]!]);
  const halting: ApiKind = {
    ...kind,
    starting: {
      ...kind.starting!,
      prepare: (key) =>
        unasked.has(key)
          ? Promise.reject(new CarryoverError('SourceUnavailable', 'Conversations is away.'))
          : kind.starting!.prepare(key),
    },
  };
  expect(await step(id, halting)).toBe(0);
  const members = async (query: string) =>
    (await world.call('GET', `/v2/waves/${id}/members${query}`, { token: operator })).json();
  expect(await members('?limit=2')).toMatchObject({
    members: [
      { key: keys[0], position: 1, state: 'waiting', failure: { type: 'SourceUnavailable' } },
      { key: keys[1], failure: { message: 'Conversations is away.' } },
    ],
  });
  expect(await step(id, halting)).toBe(2);
  expect((await members('?state=running')).members).toMatchObject([{ key: keys[2] }, { key: keys[3] }]);
  const { next_cursor: cursor } = await members('?limit=3');
  expect((await members(`?cursor=${cursor}`)).members).toMatchObject([{ key: keys[3] }]);
  // A minute later it is their turn again.
  await world.store.pool.query(
    `UPDATE carryover.wave_members SET tried_at = tried_at - interval '1 hour' WHERE wave_id = $1`,
    [id],
  );
  await endOf(keys[2]!, 'all-messages-migrated');
  await endOf(keys[3]!, 'all-messages-migrated');
  expect(await step(id)).toBe(2);
  expect((await members('?limit=1')).members).toMatchObject([{ state: 'running', failure: null }]);
});

test('the API itself starts members and delivers the starts; a pause with members pauses the running ones', async () => {
  const keys = accounts(3);
  const created = await post('/v2/waves', { key: `day ${prefix}`, at_once: 2, keys });
  const { id } = created.body;
  await expect.poll(async () => (await show(id)).counts).toMatchObject({ running: 2, waiting: 1 });
  await expect
    .poll(async () => {
      const where = { subject: { in: keys }, signal: 'start' };
      const messages = await world.store.prisma.workflowMessage.findMany({ where });
      return messages.map(({ outcome }) => outcome);
    })
    .toEqual(['delivered', 'delivered']);
  await post(`/v2/waves/${id}/pause`, { members: true });
  const isPaused = async () => {
    const { rows } = await world.store.pool.query<{ paused: boolean }>(
      'SELECT paused IS NOT NULL AS paused FROM carryover.migrations WHERE subject = ANY($1) ORDER BY subject',
      [keys.slice(0, 2)],
    );
    return rows.map(({ paused: is }) => is);
  };
  expect(await isPaused()).toEqual([true, true]);
  await post(`/v2/waves/${id}/resume`, { members: true });
  expect(await isPaused()).toEqual([false, false]);
  await endOf(keys[0]!, 'all-messages-migrated');
  // Every call makes the keeper look at the wave.
  await post(`/v2/waves/${id}/resume`);
  await expect.poll(async () => (await show(id)).counts).toMatchObject({ done: 1, running: 2 });
});
