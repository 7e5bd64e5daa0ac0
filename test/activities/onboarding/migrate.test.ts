import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { migrateUsers } from '../../../activities/onboarding/migrate-users.js';
import { writeUsers } from '../../../activities/onboarding/write-users.js';
import { manifestOf } from '../../../domain/onboarding/manifest.js';
import { mapUser } from '../../../domain/onboarding/session.js';
import { tokenCounter } from '../../../gateways/tokenizer/o200k-base.js';
import { systemClock } from '../../../gateways/clock.js';
import { readUsers } from '../../../gateways/onboarding/legacy-users.js';
import { onboardingTest } from '../../support/onboarding/setup.js';

const world = onboardingTest();

describe('who cannot be migrated', () => {
  it('fails alone with the reason, is logged, and stays a legacy user', async () => {
    const { product, mover } = world;
    const users = {
      UnknownLegacyStatus: await product.addUser({ status: 'almost' }),
      UnknownLegacyStep: await product.addUser({ step: 'step-9' }),
      NoWorkspace: await product.addUser({ workspaces: 0 }),
      UncanonicalAnswers: await product.addUser({
        status: 'completed',
        preferences: '{"onboarding": {"brand": {"n": 1e999}}}',
      }),
      UnusableTime: await product.addUser({ createdAt: 'infinity' }),
    };
    const fine = await product.addUser();
    const nobody = '00000000-0000-4000-8000-000000000000';
    const run = await mover.run({ userIds: [...Object.values(users), fine, nobody] });
    expect(run).toMatchObject({ migrated: 1, failed: 6, skipped: 0 });
    expect(run.results.get(nobody)?.error).toMatchObject({ type: 'NoSuchUser' });
    for (const [type, id] of Object.entries(users)) {
      expect(run.results.get(id)).toMatchObject({ success: false, error: { type } });
      const { user, sessions, log } = await product.rowsOf(id);
      expect(JSON.parse(user!).onboarding_status).not.toBe('migrated');
      expect(sessions).toEqual([]);
      expect(log).toMatchObject([{ status: 'failed', error_message: expect.stringContaining(type) }]);
      expect(await product.keysOf(id)).toEqual({});
    }
  });

  it('is found among others when PostgreSQL refuses the data', async () => {
    const { product, mover } = world;
    const ids = await Promise.all(Array.from({ length: 5 }, () => product.addUser({ status: 'completed' })));
    const [workspace] = await product.query<{ id: string }>(
      'SELECT id FROM workspaces WHERE owner_id = $1',
      ids[2],
    );
    // The next version has more than 20 characters.
    await product.query(
      `INSERT INTO business_context_manifests (workspace_id, version, checksum, manifest_json) VALUES ($1, $2, 'x', '{}')`,
      workspace!.id,
      `1.${'9'.repeat(18)}`,
    );
    const run = await mover.run({ userIds: ids });
    expect(run).toMatchObject({ migrated: 4, failed: 1 });
    expect(run.results.get(ids[2]!)).toMatchObject({ error: { type: 'RefusedByDatabase' } });
  });
});

describe('who is skipped', () => {
  it('has a result and no row in the log', async () => {
    const { product, mover } = world;
    const none = await product.addUser({ status: ' \u00a0' });
    const done = await product.addUser({ status: 'MIGRATED' });
    const run = await mover.run({ userIds: [none, done] });
    expect(run).toMatchObject({ migrated: 0, failed: 0, skipped: 2 });
    expect(run.results.get(none)).toMatchObject({ success: false, error: { type: 'no-legacy-status' } });
    expect(run.results.get(done)).toMatchObject({ success: false, error: { type: 'already-migrated' } });
    expect((await product.rowsOf(none)).log).toEqual([]);
  });
});

describe('a dry run', () => {
  it('reports the results and changes nothing, including the log', async () => {
    const { product, mover } = world;
    const [fine, wrong] = [
      await product.addUser({ status: 'completed' }),
      await product.addUser({ status: 'x' }),
    ];
    const before = [await product.rowsOf(fine), await product.rowsOf(wrong)];
    const run = await mover.run({ userIds: [fine, wrong], dryRun: true });
    expect(run).toMatchObject({ migrated: 1, failed: 1 });
    expect(run.results.get(fine)).toMatchObject({ success: true, bcm_generated: true, migrated_at: null });
    expect([await product.rowsOf(fine), await product.rowsOf(wrong)]).toEqual(before);
    expect(await product.keysOf(fine)).toEqual({});
  });
});

describe('a user whose row changes meanwhile', () => {
  it('is left out while another holds it, read again and moved as it is then', async () => {
    const { product, stores } = world;
    const id = await product.addUser();
    const locker = await product.pool.connect();
    await locker.query('BEGIN');
    await locker.query(`UPDATE users SET onboarding_step = 'gap' WHERE id = $1`, [id]);
    const sleep = vi.fn(async () => void (await locker.query('COMMIT')));
    const task = { migrationId: randomUUID(), dryRun: false, beat: () => undefined };
    const results = await migrateUsers({ ...stores, clock: { ...systemClock, sleep } }, task, [id]);
    locker.release();
    expect(sleep).toHaveBeenCalledTimes(1);
    expect(results.get(id)).toMatchObject({ success: true, current_step: 13 });
    expect(Object.keys(await product.keysOf(id))).toContain('step:13');
  });
});

describe('all users', () => {
  it('are those with a legacy status, those who appear meanwhile included, each once', async () => {
    const { product, mover } = world;
    await mover.run({});
    const first = await Promise.all(Array.from({ length: 7 }, () => product.addUser()));
    const failing = await product.addUser({ status: 'nonsense' });
    await product.addUser({ status: null });
    await product.addUser({ status: '\u3000' });
    let late: string | undefined;
    let batches = 0;
    const run = await mover.run({ batchSize: 2 }, async () => {
      batches += 1;
      if (batches === 2) late = await product.addUser({ id: '00000000-0000-4000-8000-00000000000a' });
    });
    expect([...first, late].every((id) => run.results.get(id!)?.success)).toBe(true);
    expect(run.results.get(failing)).toMatchObject({ error: { type: 'UnknownLegacyStatus' } });
    expect(run.total).toBe(run.results.size);
    const left = await product.query(
      `SELECT id FROM users WHERE onboarding_status <> 'migrated' AND id = ANY($1)`,
      first,
    );
    expect(left).toEqual([]);
  });
});

describe('users of one workspace who are migrated at the same time', () => {
  it('have manifests with the next versions, without gaps or doubles, of which the newest is active', async () => {
    const { product, stores } = world;
    const owners = 6;
    const ids = await Promise.all(
      Array.from({ length: owners }, () => product.addUser({ status: 'completed' })),
    );
    const [workspace] = await product.query<{ id: string }>(
      'SELECT id::text FROM workspaces WHERE owner_id = $1',
      ids[0],
    );
    const [countTokens, users] = [await tokenCounter(), await readUsers(stores.database, ids)];
    // Each was read while the workspace was its own, and before any other had a manifest there.
    const planned = ids.map((id) => {
      const user = { ...users.get(id)!, workspaceId: workspace!.id };
      const mapped = mapUser(user);
      if (!('session' in mapped)) throw new Error('It is mapped.');
      const { session } = mapped;
      return { user, session, manifest: manifestOf(session, '1.0', countTokens) };
    });
    const task = { startedAt: '2026-03-01T10:00:00.000Z', countTokens };
    const moved = await Promise.all(
      planned.map((each, at) =>
        writeUsers({ ...stores, clock: systemClock }, { ...task, migrationId: String(at) }, [each]),
      ),
    );
    expect(moved.map(({ size }) => size)).toEqual(ids.map(() => 1));
    const manifests = await product.query<{ version: string; active: boolean; agrees: boolean }>(
      `SELECT m.version, m.is_active AS active, s.bcm_version = m.version AND s.bcm_checksum = m.checksum AND m.manifest_json ->> 'version' = m.version AS agrees
       FROM business_context_manifests m JOIN onboarding_sessions s ON s.id = m.session_id WHERE m.workspace_id = $1
       ORDER BY substring(m.version FROM 3)::int`,
      workspace!.id,
    );
    expect(manifests).toEqual(
      ids.map((_id, at) => ({ version: `1.${at}`, active: at === owners - 1, agrees: true })),
    );
  });
});
