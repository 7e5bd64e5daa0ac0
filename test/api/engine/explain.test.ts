import { expect, test, vi } from 'vitest';
import type { ApiKind } from '../../../api/engine/kind.js';
import type { KindsWorld } from '../../../api/kinds.js';
import type { Failure } from '../../../domain/engine/failures/failures.js';
import { noteRetry } from '../../../gateways/store/migrations/retries.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import * as statuses from '../../../gateways/store/conversations/status/statuses.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { forThisFile } from '../../support/for-this-file.js';
import { stackEnv } from '../../support/servers.js';
import { statementsOf } from '../../support/statements.js';
import { addPhase, addSlice, addUnits } from '../../support/work.js';
import { leadBrand } from '../../gateways/store/world.js';
import { type Explanation, explained } from '../explained.js';
import { addMove, movesKind } from '../moves-kind.js';
import { idsOf, startingWorld } from '../starting-world.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';

let world: Awaited<ReturnType<typeof startingWorld>>;
forThisFile(startingWorld, (opened) => (world = opened));

const why = (accountId: string, of: World = world): Promise<Explanation> =>
  explained(of, world.operator, accountId);

/** An account of one brand whose start Temporal has, where no worker is. */
async function started(name: string): Promise<string> {
  const accountId = world.idOf(name);
  await meet(world, accountId, idsOf(name));
  await world.start(accountId);
  return accountId;
}

/** Its recent messages are being read: a lane holds a slice and has renewed its lease so many seconds ago. */
async function lane(name: string, { renewed = 0, run = 'run' } = {}): Promise<void> {
  const { pool } = world.store;
  await addUnits(pool);
  await addPhase(pool, `br_${name}`, 'recent');
  await addSlice(pool, `br_${name}`, 'recent', { stage: 'messages', read: 600, estimate: 1_000 });
  await pool.query(
    `UPDATE carryover.work SET leased_by = $2, batches = 1, leased_until = clock_timestamp() + make_interval(secs => 60 - $3::integer)
     WHERE unit_id = (SELECT unit_id FROM brands WHERE source_id = $1)`,
    [`br_${name}`, `${run}/7#1`, renewed],
  );
}

const note = (name: string, column: 'held_back' | 'throttled', value: object) =>
  world.store.pool.query(
    `UPDATE carryover.phases SET ${column} = $2::jsonb || jsonb_build_object('at', now())
     WHERE unit_id = (SELECT unit_id FROM brands WHERE source_id = $1)`,
    [`br_${name}`, JSON.stringify(value)],
  );

const failing = (accountId: string, name: string, type: Failure['type'], message: string) =>
  transaction(world.store.control, 'test', (tx) =>
    statuses.recordBrandFailure(
      tx,
      { accountId, brandId: `br_${name}` },
      { during: 'recent', failure: { type, message } },
    ),
  );

test('an account that was not started is explained with the command that starts it', async () => {
  const accountId = world.idOf('new');
  await meet(world, accountId, idsOf('new'));
  expect(await why(accountId)).toMatchObject({
    waiting: false,
    reason: 'not-started',
    sentence: `Account ${accountId} has not been started.`,
    next_step: `Start it: carryover start ${accountId}`,
  });
});

test('a started account without a worker waits for one, on both paths', async () => {
  const accountId = await started('idle');
  await vi.waitUntil(async () => (await why(accountId)).reason === 'no-worker');
  const found = await why(accountId);
  expect(found.sentence).toMatch(
    new RegExp(
      `^No worker polls the queue ${world.taskQueue}: the workflow of account ${accountId} has waited since 2.* UTC\\.$`,
    ),
  );
  expect(found.next_step).toContain(`Start a worker that serves the queue ${world.taskQueue}`);
  const path = `/v2/migrations/${accountId}/explain`;
  const same = (await world.call('GET', path, { token: world.operator })).json<Explanation>();
  expect(same).toMatchObject({ reason: found.reason, sentence: found.sentence });
});

test('a pause is explained with its author and time, a cancellation with its author', async () => {
  const accountId = await started('still');
  await world.steer(accountId, 'pause');
  expect((await why(accountId)).sentence).toMatch(
    new RegExp(`^Account ${accountId} is paused: somebody-operator paused it at 2.* UTC\\.$`),
  );
  await world.steer(accountId, 'resume');
  expect((await why(accountId)).reason).not.toBe('paused');
  await world.steer(accountId, 'cancel');
  expect((await why(accountId)).sentence).toMatch(/is being cancelled: somebody-operator requested it at/);
});

test('a brand that lanes read does not wait, and its rate is shown', async () => {
  const accountId = await started('busy');
  await lane('busy');
  expect(await why(accountId)).toMatchObject({
    waiting: false,
    reason: 'working',
    sentence: expect.stringMatching(
      /^It does not wait: importing recent messages of brand br_busy at [\d,.]+ messages a second\.$/,
    ),
  });
});

test('a throttled or held-back brand is explained with the cause and the start, until the note expires', async () => {
  const accountId = await started('slow');
  await lane('slow');
  const since = '2026-03-01T10:00:00.000Z';
  await note('slow', 'held_back', { reason: 'replica-lag', since, measured: 12, budget: 10, share: 0.3 });
  expect(await why(accountId)).toMatchObject({
    waiting: true,
    reason: 'held-back',
    since,
    sentence:
      'Importing recent messages of brand br_slow has been held back to 30 % of its speed since 2026-03-01 10:00:00 UTC, because a replica is 12 s behind and may be 10 s.',
  });
  const what = 'the index by_brand of the table messages';
  await note('slow', 'throttled', { what, code: 'ThrottlingException', since, times: 3 });
  expect((await why(accountId)).sentence).toBe(
    'Conversations has throttled reads of the index by_brand of the table messages (ThrottlingException) since 2026-03-01 10:00:00 UTC: importing recent messages of brand br_slow reads only as fast as it allows.',
  );
  await world.store.pool.query(
    `UPDATE carryover.phases SET throttled = throttled || jsonb_build_object('at', now() - interval '1 minute'), held_back = NULL`,
  );
  expect((await why(accountId)).reason).toBe('working');
});

test('slices of a silent worker are named, with the time at which others take them over', async () => {
  const accountId = await started('dead');
  await lane('dead', { renewed: 30 });
  expect(await why(accountId)).toMatchObject({
    reason: 'worker-silent',
    sentence: expect.stringMatching(
      /^Importing recent messages of brand br_dead waits for a worker that has given no sign of life since 2.* UTC: 1 slice that it holds can be taken over at 2.* UTC at the latest\.$/,
    ),
  });
});

test('an unreachable Conversations is named with the next try', async () => {
  const accountId = await started('away');
  await noteRetry(world.store.pool, {
    migration: { kind: 'conversations', subject: accountId },
    runId: 'run',
    activityId: '1',
    activity: 'prepareMigration',
    type: 'SourceUnavailable',
    message: 'Conversations did not answer.',
    attempt: 4,
    nextTryInMs: 60_000,
    attemptLimitMs: 60_000,
  });
  expect((await why(accountId)).sentence).toMatch(
    /^Conversations does not answer \(Conversations did not answer\): reading the migration payload has been retried since 2.* UTC, attempt 5 begins at 2.* UTC\.$/,
  );
});

test('a failed brand is explained with its failure and the next step', async () => {
  const accountId = await started('bad');
  await failing(accountId, 'bad', 'SourceRefused', 'DynamoDB refused it.');
  expect(await why(accountId)).toMatchObject({
    waiting: true,
    reason: 'failed',
    sentence: expect.stringMatching(
      /^Brand br_bad failed at 2.* UTC with SourceRefused: DynamoDB refused it\.$/,
    ),
    next_step: expect.stringContaining('CONVERSATIONS_ROLE_ARN'),
  });
});

test('a migrated account whose numbers the carrier still has waits for the carrier', async () => {
  const accountId = await started('ported');
  await leadBrand(world.store, accountId, 'br_ported', ['recent-messages-migrated', 'all-messages-migrated']);
  expect((await why(accountId)).sentence).toBe(`Account ${accountId} is done: all messages are migrated.`);
  await world.store.pool.query(
    `INSERT INTO phone_portings (account_id, channel_id, phone_number, status)
     SELECT b.account_id, c.id, '+15305550100', 'submitted' FROM channels c JOIN brands b ON b.id = c.brand_id
     WHERE c.source_id = 'ch_ported_1'`,
  );
  expect(await why(accountId)).toMatchObject({
    waiting: true,
    reason: 'carrier',
    sentence: expect.stringMatching(
      new RegExp(
        `^All messages of account ${accountId} are migrated, and 1 number has waited for the carrier since 2.*\\.$`,
      ),
    ),
  });
});

test('a migration whose workflow was terminated is explained as stopped', async () => {
  const accountId = await started('ended');
  await world.client.workflow.getHandle(`migration:${accountId}`).terminate('the test ends it');
  expect(await why(accountId)).toMatchObject({
    waiting: true,
    reason: 'stopped',
    sentence: `Nothing works on account ${accountId}: its workflow has ended (terminated).`,
    next_step: `Start it again; it continues where it was: carryover retry ${accountId}`,
  });
});

test('without Temporal the store answers, and says so', async () => {
  const temporal = openTemporal({ environment: { ...stackEnv(), TEMPORAL_ADDRESS: '127.0.0.1:1' } });
  const alone = await apiWorld({ temporal });
  try {
    await meet(alone, 'acc_alone');
    await world.start('acc_alone', alone);
    const asked = async () => why('acc_alone', alone);
    await vi.waitUntil(async () => (await asked()).facts.undelivered[0]?.signal === 'start');
    expect((await asked()).facts.temporal).toMatchObject({ answers: false, why: expect.any(String) });
    await vi.waitUntil(async () => /the request to start account acc_alone/.test((await asked()).sentence));
    expect(await asked()).toMatchObject({ waiting: true, reason: 'temporal-away' });
  } finally {
    await alone.close();
    await temporal.close();
  }
});

test('without the store it answers 503', async () => {
  const store = openStore('postgresql://nobody@127.0.0.1:1/nothing');
  const broken = await apiWorld({ store });
  try {
    const answer = await broken.call('GET', '/v2/migrations/acc_1/explain', { token: world.operator });
    expect(answer.statusCode).toBe(503);
  } finally {
    await broken.close();
    await store.close();
  }
});

/** A kind that leaves its words out. */
function plainKind(given: KindsWorld): ApiKind {
  const { explained: _words, ...kind } = movesKind(given);
  return { ...kind, name: 'plain' };
}

test('another kind explains itself in its own words, or in plain ones', async () => {
  const other = await apiWorld({ kinds: { moves: movesKind, plain: plainKind } });
  try {
    await addMove(other.store, '1:4');
    const token = await tokenFor('operator');
    expect(await explained(other, token, '1:4', 'plain')).toMatchObject({
      sentence: 'Nothing works on move 1:4: Temporal has no workflow of it.',
      next_step: 'Start it again; it continues where it was: carryover retry 1:4 --kind plain',
    });
    expect(await explained(other, token, '1:4', 'moves')).toMatchObject({
      sentence: 'Nothing works on move 1:4: Temporal has no workflow of it.',
      next_step: 'Start it again; it continues where it was: carryover retry 1:4 --kind moves',
    });
  } finally {
    await other.close();
  }
});

test('an explanation takes three statements at most', async () => {
  const accountId = await started('cheap');
  const { statements } = await statementsOf([world.store.pool], () => why(accountId));
  expect(statements.length).toBeGreaterThan(0);
  expect(statements.length).toBeLessThanOrEqual(3);
});
