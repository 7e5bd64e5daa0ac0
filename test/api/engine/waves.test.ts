import { beforeAll, expect, test } from 'vitest';
import { stepWave } from '../../../api/engine/waves/step.js';
import type { ApiKind } from '../../../api/engine/kind.js';
import type { KindsWorld } from '../../../api/kinds.js';
import { conversationsKind } from '../../../api/conversations/kind.js';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { systemClock } from '../../../gateways/clock.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { recordAccountFailure } from '../../../gateways/store/conversations/status/statuses.js';
import { forEachTest } from '../../support/for-this-file.js';
import { movesKind } from '../moves-kind.js';
import { apiWorld, tokenFor, type World } from '../world.js';
import { addAccounts, countStarts, endMigration } from './waves-world.js';

/** Noon: nights are far. */
const clock = { ...systemClock, now: () => Date.parse('2026-01-05T12:00:00.000Z') };

let kind: ApiKind;
let world: World;
let operator: string;
let prefix: string;
let logged: unknown[];
beforeAll(async () => {
  operator = await tokenFor('operator');
});
forEachTest(
  // The keeper looks when a test does: its timer is of a clock that stands still.
  () =>
    apiWorld({
      clock: { ...clock, every: () => () => undefined },
      kinds: {
        moves: movesKind,
        conversations: (of: KindsWorld) => (kind = conversationsKind(of)),
      },
    }),
  (opened, ids) => {
    world = opened;
    logged = [];
    prefix = `${Object.values(ids)[0]}`;
  },
);

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly waiting: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly members: readonly { readonly key: string; readonly state: string; readonly failure: unknown }[];
}

const post = async (path: string, body?: object, token = operator) => {
  const answer = await world.call('POST', path, { token, ...(body && { body }) });
  return { status: answer.statusCode, body: answer.json<Shown & { detail?: string }>() };
};
const show = async (id: string) =>
  (await world.call('GET', `/v2/waves/${id}`, { token: operator })).json<Shown>();

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
  clock: { ...clock, now: () => Date.parse('2026-01-05T23:00:00.000Z') },
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

test('a wave stops when too many fail; a person who resumes it accepts those', async () => {
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
    waiting: expect.stringContaining('3 of 3 have failed, and 50 % may.'),
  });
  expect((await post(`/v2/waves/${id}/resume`)).body).toMatchObject({ state: 'running' });
  expect((await post(`/v2/waves/${id}/resume`)).status).toBe(200);
});

test('what failed before is started again, and counts only once it has failed again', async () => {
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

test('one that the source cannot be asked about holds up nobody, and the wave says so', async () => {
  const pair = addAccounts(world, `${prefix}_pair`, 2);
  world.conversations.trouble = { status: 503 };
  const both = await post('/v2/waves', { key: `pair ${prefix}`, at_once: 2, keys: pair });
  await expect
    .poll(async () => (await show(both.body.id)).waiting)
    .toContain(`${pair[0]} and 1 more cannot be started now, and each is tried again after a minute: Conv`);
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

test('all with a status are a wave; a pause holds it', async () => {
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
  expect(await step(id)).toBe(0);
  await post(`/v2/waves/${id}/cancel`);
  expect(
    await post('/v2/waves', { key: `none ${prefix}`, all: { status: 'migrating' }, at_once: 1 }),
  ).toMatchObject({
    status: 409,
    body: { detail: 'There is none with status migrating that no open wave has.' },
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

test('the API itself starts members and delivers the starts; a pause with members pauses those that run', async () => {
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
  // Every call has the wave looked at.
  await post(`/v2/waves/${id}/resume`);
  await expect.poll(async () => (await show(id)).counts).toMatchObject({ done: 1, running: 2 });
});
