import { setFlag } from '../../gateways/store/world.js';
import { ActivityCancellationDetails } from '@temporalio/common';
import { CancelledFailure } from '@temporalio/activity';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import { importPhase } from '../../../gateways/store/conversations/import/phases.js';
import { claimSlices } from '../../../gateways/store/work/slices.js';
import { ImportWorld } from '../conversations/import/import-world.js';

const BRAND = 'br_1_1';
const MESSAGES = 600;
/** No cuts: one slice of many pages. */
const UNCUT = { maxSlices: 2 };

let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: 20 });
  await world.account('acc_1', BRAND);
  await world.putHourly(BRAND, MESSAGES);
});

afterEach(() => world.close());

/** What is committed so far: rows, and the slices' counts of them. */
async function committed() {
  const [row] = await world.query<{
    rows: number;
    read: number;
    batches: number;
    open: number;
    leased: number;
  }>(`
    SELECT (SELECT count(*)::integer FROM messages) AS rows, sum(read)::integer AS read, sum(batches)::integer AS batches,
      count(*) FILTER (WHERE NOT done)::integer AS open, count(leased_by)::integer AS leased
    FROM carryover.work WHERE stage = 'messages'`);
  return row ?? { rows: 0, read: 0, batches: 0, open: 0, leased: 0 };
}

async function expectAllOnce(): Promise<void> {
  const { rows, read, open } = await committed();
  expect({ rows, read, open }).toEqual({ rows: MESSAGES, read: MESSAGES, open: 0 });
  await world.complete(BRAND, 'recent');
  expect(world.statuses.get(BRAND)).toBe('recent-messages-migrated');
}

/** Runs `then` at the n-th heartbeat: between two batches. */
function atBeat(environment: ReturnType<ImportWorld['environment']>, n: number, then: () => void): void {
  let beats = 0;
  environment.on('heartbeat', () => {
    beats += 1;
    if (beats === n) then();
  });
}

test('a cancelled lane ends within a batch and releases its slices, and another continues at the cursor', async () => {
  const environment = world.environment();
  atBeat(environment, 5, () => environment.cancel());
  await expect(world.attempt(BRAND, 'recent', UNCUT, environment)).rejects.toThrow(CancelledFailure);
  const half = await committed();
  expect(half.rows).toBe(half.read);
  expect(half.rows).toBeGreaterThan(0);
  expect(half.rows).toBeLessThan(MESSAGES);
  expect(half.leased).toBe(0);

  expect(await world.attempt(BRAND, 'recent', UNCUT)).toMatchObject({
    finished: true,
    tally: { messages: MESSAGES, threads: 1 },
  });
  await expectAllOnce();
  // The empty page at the end may be one more.
  expect((await committed()).batches).toBeLessThanOrEqual(MESSAGES / 20 + 1);
});

test('a lane that works on all that is open claims no more, and releases nothing once all is done', async () => {
  const asked = vi.spyOn(world.pool, 'query');
  expect(await world.attempt(BRAND, 'recent', UNCUT)).toMatchObject({ finished: true });
  const texts = asked.mock.calls.map(([statement]) => statement);
  asked.mockRestore();
  const count = (part: string) => texts.filter((text) => text.includes(part)).length;
  // The threads, and the messages ahead of their stage.
  expect(count('SKIP LOCKED')).toBe(2);
  expect(count('SET leased_by = NULL')).toBe(0);
  await expectAllOnce();
  expect((await committed()).batches).toBeGreaterThan(MESSAGES / 20 - 1);
});

test('a worker that shuts down returns its part unfinished', async () => {
  const environment = world.environment();
  const details = new ActivityCancellationDetails({ workerShutdown: true });
  atBeat(environment, 4, () => environment.cancel('WORKER_SHUTDOWN', details));
  expect(await world.attempt(BRAND, 'recent', UNCUT, environment)).toMatchObject({
    finished: false,
    halted: false,
  });
  expect((await committed()).leased).toBe(0);
  await world.importPhase(BRAND, 'recent');
  await expectAllOnce();
});

test('a lane whose time is over returns its part unfinished', async () => {
  let attempts = 0;
  for (;;) {
    // Longer each time, so that a busy machine gets there too.
    const { finished } = await world.attempt(BRAND, 'recent', { ...UNCUT, timeLimitMs: 60 * 2 ** attempts });
    if (finished) break;
    attempts += 1;
  }
  expect(attempts).toBeGreaterThan(0);
  await expectAllOnce();
});

test.each(['paused', 'cancelled'] as const)(
  'a migration that is %s halts its lanes within one batch',
  async (flag) => {
    const environment = world.environment();
    atBeat(environment, 4, () => {
      void setFlag(world, 'acc_1', flag, { by: 'ops' });
    });
    const progress = await world.attempt(BRAND, 'recent', UNCUT, environment);
    expect(progress).toMatchObject({ finished: false, halted: true });
    expect(progress.tally['messages']).toBeLessThan(MESSAGES);
    const { batches, leased } = await committed();
    expect(leased).toBe(0);

    expect(await world.attempt(BRAND, 'recent', UNCUT)).toMatchObject({ finished: false, halted: true });
    expect((await committed()).batches - batches).toBeLessThanOrEqual(1);

    await setFlag(world, 'acc_1', flag, null);
    await world.importPhase(BRAND, 'recent');
    await expectAllOnce();
  },
);

test('a lane that has lost its lease writes nothing more', async () => {
  const environment = world.environment();
  atBeat(
    environment,
    4,
    () => void world.query('UPDATE carryover.work SET lease = lease + 1 WHERE NOT done'),
  );
  await expect(world.attempt(BRAND, 'recent', UNCUT, environment)).rejects.toMatchObject({
    type: 'LeaseLost',
  });
  const { rows, read } = await committed();
  expect(rows).toBe(read);
  expect(rows).toBeLessThan(MESSAGES);
  await world.importPhase(BRAND, 'recent');
  await expectAllOnce();
});

describe('slices that somebody holds', () => {
  const holder = { activityId: 'held', attempt: 2 };

  beforeEach(async () => {
    await world.attempt(BRAND, 'recent', { ...UNCUT, timeLimitMs: 0 });
    const phase = importPhase(await findBrand(world.pool, { accountId: 'acc_1', brandId: BRAND }), 'recent');
    const { runId } = world.environment().context.info.workflowExecution ?? { runId: '' };
    const lane = { name: `${runId}/${holder.activityId}`, attempt: holder.attempt };
    for (const stage of ['threads', 'messages']) await claimSlices(world.pool, phase, stage, lane, 10);
  });

  test('are left alone by other lanes until the lease expires', async () => {
    expect(await world.attempt(BRAND, 'recent', { timeLimitMs: 1_200 })).toMatchObject({
      finished: false,
      tally: { messages: 0 },
    });
    const waiting = world.attempt(BRAND, 'recent');
    await world.query(`UPDATE carryover.work SET leased_until = now() - interval '1 second'`);
    expect(await waiting).toMatchObject({ finished: true });
    await expectAllOnce();
  });

  test('are taken over at once by a later attempt of the same lane, but not by an earlier one', async () => {
    const early = world.environment({ ...holder, attempt: 1 });
    expect(await world.attempt(BRAND, 'recent', { timeLimitMs: 700 }, early)).toMatchObject({
      tally: { messages: 0 },
    });
    const later = world.environment({ ...holder, attempt: 3 });
    expect(await world.attempt(BRAND, 'recent', {}, later)).toMatchObject({ finished: true });
    await expectAllOnce();
  });
});

test('a lane with much to do asks once for more lanes, which share the work', async () => {
  const options = { pieceRecords: 20, moreLanesFrom: 150 };
  const first = await world.attempt(BRAND, 'recent', options);
  expect(first).toMatchObject({ finished: false, halted: false });
  expect(first.lanes).toBeGreaterThan(1);
  const lanes = await Promise.all(
    Array.from({ length: first.lanes }, () => world.attempt(BRAND, 'recent', options)),
  );
  for (const lane of lanes) expect(lane).toMatchObject({ finished: true, lanes: 1 });
  await expectAllOnce();
});

test('a finished phase is finished at once on a second call', async () => {
  await world.importPhase(BRAND, 'recent');
  const { batches } = await committed();
  expect(await world.attempt(BRAND, 'recent')).toMatchObject({
    finished: true,
    tally: { messages: MESSAGES },
  });
  expect((await committed()).batches).toBe(batches);
  await expectAllOnce();
});

describe('a connection to the store that breaks', () => {
  test('while batches are written loses nothing that was committed', async () => {
    let commits = 0;
    const others = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    const broken = world.breaking(async (send) => {
      commits += 1;
      if (commits === 6) await world.query(others);
      return send();
    });
    const attempt = world.attempt(BRAND, 'recent', UNCUT, world.environment(), { pool: broken });
    await expect(attempt).rejects.toMatchObject({ type: 'StoreUnavailable' });
    const { rows, read } = await committed();
    expect(rows).toBe(read);
    await world.query('UPDATE carryover.work SET leased_by = NULL');
    await world.importPhase(BRAND, 'recent');
    await expectAllOnce();
  });

  test.each(['before', 'after'])('right %s a commit leaves rows and cursor together', async (when) => {
    let commits = 0;
    const broken = world.breaking(async (send) => {
      commits += 1;
      if (commits !== 6) return send();
      if (when === 'after') await send();
      throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
    });
    const attempt = world.attempt(BRAND, 'recent', UNCUT, world.environment(), { pool: broken });
    await expect(attempt).rejects.toMatchObject({ type: 'StoreUnavailable' });
    const { rows, read } = await committed();
    expect(rows).toBe(read);
    expect(rows).toBeGreaterThan(0);
    await world.importPhase(BRAND, 'recent');
    await expectAllOnce();
  });
});
