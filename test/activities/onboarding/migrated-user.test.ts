import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { sessionIdOf } from '../../../domain/onboarding/ids.js';
import { STEPS } from '../../../domain/onboarding/steps.js';
import { onboardingTest } from '../../support/onboarding/setup.js';

const world = onboardingTest();
const canonical = canonicalize as unknown as (value: unknown) => string;

describe('a migrated user', () => {
  it('has a session, 24 steps, keys in Redis and a row in the log, and nothing else of the row changed', async () => {
    const { product, mover } = world;
    const id = await product.addUser();
    const before = await product.rowsOf(id);
    const run = await mover.run({ userIds: [id] });
    const { user, sessions, steps, manifests, log } = await product.rowsOf(id);
    expect(JSON.parse(user!)).toEqual({ ...JSON.parse(before.user!), onboarding_status: 'migrated' });
    expect(sessions).toMatchObject([
      {
        session_id: sessionIdOf(id),
        client_name: 'Lakeside Dental',
        current_step: 2,
        total_steps: 24,
        completion_percentage: '4.17',
        status: 'active',
        bcm_generated: false,
        bcm_version: null,
        migrated_from_legacy: true,
        legacy_onboarding_status: 'active',
        legacy_onboarding_step: 'brand',
        completed_at: null,
        metadata: { migration_version: '1.0', contradictions: [] },
      },
    ]);
    expect(steps.map(({ status }) => status)).toEqual([
      'complete',
      'in-progress',
      ...Array<string>(22).fill('pending'),
    ]);
    expect(
      steps.map(({ step_name: name, phase_number: phase, is_required: required }) => [name, phase, required]),
    ).toEqual(STEPS.map(({ number, name, phase }) => [name, phase, number <= 12]));
    expect(steps[1]).toMatchObject({ data: '{"brand": {"n": 12345678901234567890.10}}', completed_at: null });
    expect(steps[12]).toMatchObject({ data: '{"gap": {"later": 1}}', started_at: null });
    expect(manifests).toEqual([]);
    const times = await product.query(
      `SELECT s.started_at = u.created_at AND s.updated_at = u.updated_at AND st.started_at = u.created_at AND st.completed_at = u.updated_at AS same
       FROM users u JOIN onboarding_sessions s ON s.user_id = u.id JOIN onboarding_steps st ON st.session_id = s.id WHERE u.id = $1 AND step_number = 1`,
      id,
    );
    expect(times).toEqual([{ same: true }]);
    expect(log).toMatchObject([
      {
        migration_type: 'legacy_to_redis',
        migration_version: '1.0',
        target_session_id: sessions[0]!['id'],
        legacy_onboarding_status: 'active',
        legacy_onboarding_step: 'brand',
        legacy_has_completed_onboarding: false,
        status: 'completed',
        error_message: null,
      },
    ]);
    const keys = await product.keysOf(id);
    expect(Object.keys(keys)).toEqual(['step:1', 'step:2', 'progress', 'metadata']);
    expect(keys['step:2']).toContain('"n": 12345678901234567890.10');
    const [same] = await product.query(
      `SELECT session_data = jsonb_build_object('steps', jsonb_build_object('1', $2::jsonb, '2', $3::jsonb), 'progress', $4::jsonb, 'metadata', $5::jsonb) AS same
       FROM onboarding_sessions WHERE user_id = $1`,
      id,
      ...Object.values(keys),
    );
    expect(same).toEqual({ same: true });
    expect(run).toMatchObject({ migrated: 1, failed: 0, skipped: 0, status: 'completed' });
    expect(run.results.get(id)).toMatchObject({
      success: true,
      new_status: 'active',
      current_step: 2,
      completion_percentage: 4.17,
    });
  });

  it('leaves no fence behind, and each key with its time to live', async () => {
    const { product, mover } = world;
    const id = await product.addUser();
    await mover.run({ userIds: [id] });
    const keys = (await product.allKeys()).filter((key) => key.includes(sessionIdOf(id)));
    expect(keys).toHaveLength(4);
    for (const key of keys) expect(await product.redis.call<number>('TTL', key)).toBeGreaterThan(900);
  });

  it('has a manifest once it is completed, with a checksum of its canonical form', async () => {
    const { product, mover } = world;
    const id = await product.addUser({ status: 'Completed', step: 'export', hasCompleted: true });
    await mover.run({ userIds: [id] });
    const { sessions, steps, manifests } = await product.rowsOf(id);
    expect(steps.every(({ status }) => status === 'complete')).toBe(true);
    expect(manifests).toHaveLength(1);
    const [manifest] = manifests;
    const form = canonical(JSON.parse(manifest!['json'] as string));
    expect(manifest).toMatchObject({
      version: '1.0',
      is_active: true,
      checksum: createHash('sha256').update(form).digest('hex'),
      size_bytes: Buffer.byteLength(form),
      generated_by_user_id: id,
      session_id: sessions[0]!['id'],
    });
    expect(manifest!['json']).toContain('12345678901234567890.10');
    expect(manifest!['token_count']).toBeGreaterThan(100);
    expect(sessions).toMatchObject([
      {
        status: 'completed',
        current_step: 24,
        completion_percentage: '100.00',
        bcm_generated: true,
        bcm_version: '1.0',
        bcm_checksum: manifest!['checksum'],
        bcm_finalized: false,
      },
    ]);
    expect(sessions[0]!['bcm_generated_at']).toEqual(manifest!['generated_at']);
  });

  it('belongs to the oldest workspace, and its manifest follows the highest 1.n as the only active one', async () => {
    const { product, mover } = world;
    const id = await product.addUser({ status: 'completed', workspaces: 2 });
    const [oldest] = await product.query<{ id: string }>(
      'SELECT id FROM workspaces WHERE owner_id = $1 ORDER BY created_at LIMIT 1',
      id,
    );
    for (const version of ['1.9', '1.10', '2.0', '1.x'])
      await product.query(
        `INSERT INTO business_context_manifests (workspace_id, version, checksum, manifest_json) VALUES ($1, $2, 'x', '{}')`,
        oldest!.id,
        version,
      );
    await mover.run({ userIds: [id] });
    const { sessions, manifests } = await product.rowsOf(id);
    expect(sessions).toMatchObject([{ workspace_id: oldest!.id, bcm_version: '1.11' }]);
    expect(manifests.filter(({ is_active: active }) => active).map(({ version }) => version)).toEqual([
      '1.11',
    ]);
  });
});
