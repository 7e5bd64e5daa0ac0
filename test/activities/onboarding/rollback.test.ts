import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rollBackUsers } from '../../../activities/onboarding/rollback-users.js';
import { systemClock } from '../../../gateways/clock.js';
import { onboardingTest } from '../../support/onboarding/setup.js';

const world = onboardingTest();

async function migratedUser(user: Parameters<typeof world.product.addUser>[0] = {}): Promise<string> {
  const id = await world.product.addUser(user);
  await world.mover.run({ userIds: [id] });
  return id;
}

const rollBack = async (id: string, force = false) => {
  const run = await world.mover.run({ action: 'rollback', userIds: [id], force });
  return run.results.get(id);
};

describe('a rollback', () => {
  it('leaves rows, manifests and Redis as they were, but for the log', async () => {
    const { product } = world;
    const id = await product.addUser({ status: ' Completed ', step: 'gap', hasCompleted: null });
    const [workspace] = await product.query<{ id: string }>(
      'SELECT id FROM workspaces WHERE owner_id = $1',
      id,
    );
    await product.query(
      `INSERT INTO business_context_manifests (workspace_id, version, checksum, manifest_json, is_active)
       VALUES ($1, '1.0', 'a', '{}', false), ($1, '1.1', 'b', '{}', true)`,
      workspace!.id,
    );
    const before = await product.rowsOf(id);
    for (let times = 0; times < 2; times += 1) {
      await world.mover.run({ userIds: [id] });
      expect(await rollBack(id)).toMatchObject({ success: true, legacy_status: ' Completed ' });
      expect({ ...(await product.rowsOf(id)), log: [] }).toEqual(before);
      expect(await product.keysOf(id)).toEqual({});
    }
  });

  it('is refused for activity in Redis or in the steps, and not for less or a changed profile', async () => {
    const { product } = world;
    const active = {
      'a later step': (id: string) => product.setKey(id, 'step:5', '{"step_id": 5}'),
      'another answer': (id: string) =>
        product.setKey(id, 'step:2', '{"data": {"brand": {"n": 12345678901234567890.11}}}'),
      'a step that is complete': (id: string) =>
        product.query(
          `UPDATE onboarding_steps st SET status = 'complete' FROM onboarding_sessions s WHERE s.id = st.session_id AND s.user_id = $1 AND step_number = 2`,
          id,
        ),
      'data of a step': (id: string) =>
        product.query(
          `UPDATE onboarding_steps st SET step_data = '{"new": 1}' FROM onboarding_sessions s WHERE s.id = st.session_id AND s.user_id = $1 AND step_number = 4`,
          id,
        ),
    };
    for (const [what, act] of Object.entries(active)) {
      const id = await migratedUser();
      await act(id);
      expect(await rollBack(id), what).toMatchObject({ success: false, error: { type: 'NewActivity' } });
      expect(await rollBack(id, true), what).toMatchObject({ success: true });
    }
    const id = await migratedUser();
    await product.redis.call('FLUSHALL');
    await product.query(
      `UPDATE users SET full_name = 'Another', updated_at = '2026-05-01' WHERE id = $1`,
      id,
    );
    await product.query(`UPDATE onboarding_sessions SET client_name = 'Another' WHERE user_id = $1`, id);
    expect(await rollBack(id)).toMatchObject({ success: true });
    expect(JSON.parse((await product.rowsOf(id)).user!)).toMatchObject({
      full_name: 'Another',
      onboarding_status: 'active',
      updated_at: expect.stringContaining('2026-05-01'),
    });
  });

  it('of both owners of a workspace, in any order, leaves the manifests as they were before', async () => {
    const { product } = world;
    const first = await migratedUser({ status: 'completed' });
    const [workspace] = await product.query<{ id: string }>(
      'SELECT id FROM workspaces WHERE owner_id = $1',
      first,
    );
    const second = await product.addUser({ status: 'completed', workspaces: 0 });
    await product.query('UPDATE workspaces SET owner_id = $2 WHERE id = $1', workspace!.id, second);
    await world.mover.run({ userIds: [second] });
    const manifests = () =>
      product.query(
        'SELECT version, is_active AS active FROM business_context_manifests WHERE workspace_id = $1 ORDER BY version',
        workspace!.id,
      );
    expect(await manifests()).toEqual([
      { version: '1.0', active: false },
      { version: '1.1', active: true },
    ]);
    await rollBack(first);
    expect(await manifests()).toEqual([{ version: '1.1', active: true }]);
    await rollBack(second);
    expect(await manifests()).toEqual([]);
  });

  it('that is attempted again while the first attempt still runs gives both the same result', async () => {
    const { product, stores } = world;
    const ids = await Promise.all([migratedUser(), migratedUser()]);
    const task = { migrationId: randomUUID(), force: false, beat: () => undefined };
    const attempt = () => rollBackUsers({ ...stores, clock: systemClock }, task, ids);
    const lock = await product.pool.connect();
    await lock.query('BEGIN');
    await lock.query('SELECT FROM users WHERE id = ANY($1) FOR UPDATE', [ids]);
    const attempts = [attempt(), attempt()];
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await expect.poll(async () => (await product.query(waiting)).length).toBe(4);
    await lock.query('COMMIT');
    lock.release();
    const [first, second] = await Promise.all(attempts);
    expect(ids.map((id) => first?.get(id)?.success)).toEqual([true, true]);
    expect(second).toEqual(first);
    for (const id of ids) expect(await product.keysOf(id)).toEqual({});
  });

  it('of a user who is not migrated or does not exist fails', async () => {
    const id = await world.product.addUser();
    expect(await rollBack(id)).toMatchObject({ error: { type: 'NotMigrated' } });
    expect(await rollBack('00000000-0000-4000-8000-000000000000')).toMatchObject({
      error: { type: 'NoSuchUser' },
    });
  });
});
