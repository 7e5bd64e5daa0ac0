import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { migrateUsers } from '../../../activities/onboarding/migrate-users.js';
import { sessionIdOf } from '../../../domain/onboarding/ids.js';
import { makeCuttable, LifeCut, outside } from '../../engine/cuts.js';
import { systemClock } from '../../../gateways/clock.js';
import type { OnboardingDatabase } from '../../../gateways/onboarding/database.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { SessionKeys } from '../../../gateways/redis/session-keys.js';
import { Mover } from '../../support/onboarding/mover.js';
import { onboardingTest } from '../../support/onboarding/setup.js';

const world = onboardingTest();

describe('a writer of keys', () => {
  it('writes nothing once another has taken a permit, or has used it up', async () => {
    const { stores, product } = world;
    const id = await product.addUser();
    const session = sessionIdOf(id);
    const late = await stores.keys.permit([session]);
    const next = await stores.keys.permit([session]);
    await expect(stores.keys.write(new Map([[session, ['"late"']]]), late)).rejects.toMatchObject({
      type: 'TargetUnavailable',
    });
    await stores.keys.write(new Map([[session, ['"next"']]]), next);
    await expect(stores.keys.write(new Map([[session, ['"late"']]]), late)).rejects.toMatchObject({
      type: 'TargetUnavailable',
    });
    await expect(stores.keys.write(new Map([[session, ['"next again"']]]), next)).rejects.toMatchObject({
      type: 'TargetUnavailable',
    });
    expect(await product.keysOf(id)).toEqual({ 'step:1': '"next"' });
    expect(await product.allKeys()).toHaveLength(1);
  });
});

/** The points of SessionKeys, besides those of PostgreSQL's commits. */
function cutRedis(): () => void {
  const { permit, write } = SessionKeys.prototype;
  const around = async <T>(life: LifeCut | undefined, name: string, effect: () => Promise<T>): Promise<T> => {
    await life?.pass(`before ${name}`);
    const result = await effect();
    await life?.pass(`after ${name}`);
    return result;
  };
  SessionKeys.prototype.permit = function patched(...args) {
    return around(current, 'permit', () => permit.apply(this, args));
  };
  SessionKeys.prototype.write = function patched(...args) {
    return around(current, 'keys', () => write.apply(this, args));
  };
  return () => void Object.assign(SessionKeys.prototype, { permit, write });
}

let current: LifeCut | undefined;

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

/** Dies the first time that it reaches the point; its open transactions in PostgreSQL end with its connections. */
async function dieAt(
  point: string,
  work: (mover: Mover) => Promise<unknown>,
): Promise<{ died: boolean; passed: readonly string[] }> {
  let hit = false;
  const life = new LifeCut((name) => name === point && !hit && (hit = true));
  const stores = world.product.stores('dying');
  const store = openStore(world.database.url, { applicationName: 'dying', max: 2, controlMax: 2 });
  closing.push(async () => void (await Promise.allSettled([stores.keys.close()])));
  current = life;
  const ended = life.run(() => work(new Mover(store, stores))).then(() => false);
  const died = await Promise.race([ended, life.died.then(() => true)]);
  current = undefined;
  await outside(() =>
    world.product.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dying%' AND pid <> pg_backend_pid()`,
    ),
  );
  return { died, passed: life.passed };
}

describe('a worker that dies at any point', () => {
  it('leaves the legacy user or everything, and the next one moves and counts each once', async () => {
    const undo = [makeCuttable(), cutRedis()];
    try {
      const { product, mover } = world;
      const probe = await mover.ask({ userIds: [await product.addUser({ status: 'completed' })] });
      const { passed } = await dieAt('', (dying) => dying.finish(probe));
      const points = [...new Set(passed)];
      expect(points).toEqual(
        expect.arrayContaining([
          'before permit',
          'after permit',
          'before keys',
          'after keys',
          'before migrate-users',
          'after migrate-users',
        ]),
      );
      for (const point of points) {
        const id = await product.addUser({ status: 'completed' });
        const legacy = (await product.rowsOf(id)).user;
        const migrationId = await mover.ask({ userIds: [id] });
        expect((await dieAt(point, (dying) => dying.finish(migrationId))).died, point).toBe(true);
        const { user, sessions, steps, manifests } = await product.rowsOf(id);
        if (user === legacy) expect([sessions, steps, manifests], point).toEqual([[], [], []]);
        else {
          expect([sessions.length, steps.length, manifests.length], point).toEqual([1, 24, 1]);
          expect(Object.keys(await product.keysOf(id)), point).toHaveLength(5);
        }
        await mover.finish(migrationId);
        const run = await mover.runOf(migrationId);
        expect(run, point).toMatchObject({ migrated: 1, failed: 0, skipped: 0, total: 1 });
        const after = await product.rowsOf(id);
        expect(
          [after.sessions.length, after.steps.length, after.manifests.length, after.log.length],
          point,
        ).toEqual([1, 24, 1, 1]);
        expect(Object.keys(await product.keysOf(id)), point).toHaveLength(5);
      }
    } finally {
      for (const each of undo) each();
    }
  });

  it('between a commit and its results leaves no user uncounted, also in a request for all users', async () => {
    const undo = [makeCuttable(), cutRedis()];
    try {
      const { product, mover } = world;
      await mover.run({});
      const ids = [await product.addUser(), await product.addUser(), await product.addUser()];
      const migrationId = await mover.ask({ batchSize: 2 });
      const { died } = await dieAt('before add-onboarding-results', (dying) => dying.finish(migrationId));
      expect(died).toBe(true);
      await mover.finish(migrationId);
      const run = await mover.runOf(migrationId);
      expect(run).toMatchObject({ migrated: 3, failed: 0, skipped: 0, total: 3, status: 'completed' });
      expect([...run.results.keys()]).toEqual(ids.toSorted());
    } finally {
      for (const each of undo) each();
    }
  });

  it('of a rollback leaves the migrated user or the legacy one, and the next one ends it', async () => {
    const undo = [makeCuttable(), cutRedis()];
    try {
      const { product, mover } = world;
      for (const point of [
        'before permit',
        'after permit',
        'before roll-back-user',
        'after roll-back-user',
        'before keys',
        'after keys',
      ]) {
        const id = await product.addUser();
        const legacy = (await product.rowsOf(id)).user;
        await mover.run({ userIds: [id] });
        const migrationId = await mover.ask({ action: 'rollback', userIds: [id] });
        expect((await dieAt(point, (dying) => dying.finish(migrationId))).died, point).toBe(true);
        const { user, sessions } = await product.rowsOf(id);
        expect(sessions.length, point).toBe(user === legacy ? 0 : 1);
        await mover.finish(migrationId);
        expect(await mover.runOf(migrationId), point).toMatchObject({ migrated: 1, failed: 0 });
        const after = await product.rowsOf(id);
        expect(after.user, point).toBe(legacy);
        expect(
          after.log.map(({ status }) => status),
          point,
        ).toEqual(['completed', 'rolled_back']);
        expect(await product.keysOf(id), point).toEqual({});
      }
    } finally {
      for (const each of undo) each();
    }
  });
});

describe('an outage of Redis or PostgreSQL', () => {
  it('fails no user: the batch is retried', async () => {
    const { product, mover, redis } = world;
    const ids = [await product.addUser(), await product.addUser()];
    const migrationId = await mover.ask({ userIds: ids });
    redis.kill();
    await expect(mover.batch(migrationId)).rejects.toMatchObject({ type: 'TargetUnavailable' });
    expect((await mover.runOf(migrationId)).results.size).toBe(0);
    await redis.restart();
    await mover.finish(migrationId);
    expect(await mover.runOf(migrationId)).toMatchObject({ migrated: 2, failed: 0 });
  });
});

describe('an attempt of the same migration that commits before another has read', () => {
  it.each([0, 1, 2, 3])(
    'is what the other answers, whatever it has read before (%i reads)',
    async (reads) => {
      const { product, stores } = world;
      const id = await product.addUser();
      const task = { migrationId: randomUUID(), dryRun: false, beat: () => undefined };
      const first = { ...stores, clock: systemClock };
      let left = reads;
      const rows: OnboardingDatabase['rows'] = async (text, values) => {
        if (left-- === 0) await migrateUsers(first, task, [id]);
        return stores.database.rows(text, values);
      };
      const second = { ...first, database: { ...stores.database, rows } };
      const results = await migrateUsers(second, task, [id]);
      expect(results.get(id)).toMatchObject({ success: true, error: null });
      expect(await migrateUsers(first, task, [id])).toEqual(results);
    },
  );
});
