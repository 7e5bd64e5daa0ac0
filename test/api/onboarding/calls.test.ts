import { describe, expect, it } from 'vitest';
import { sessionIdOf } from '../../../domain/onboarding/ids.js';
import { openEvents } from '../event-stream.js';
import { tokenFor } from '../world.js';
import { servedOnboarding } from './served.js';

const served = servedOnboarding();
const { call } = served;
const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('POST /migrate', () => {
  it('accepts users at once, and waits for the result if asked to', async () => {
    const { product } = served;
    const ids = [
      await product.addUser(),
      await product.addUser({ status: 'x' }),
      await product.addUser({ status: null }),
    ];
    const { status, body } = await call('POST', '/migrate?wait=60', {
      user_ids: [...ids, ids[0]!.toUpperCase()],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'completed',
      total_users: 3,
      migrated_users: 1,
      failed_users: 1,
      skipped_users: 1,
      next_cursor: null,
    });
    expect(body.results.map(({ user_id: id }) => id)).toEqual(ids.toSorted());
    expect(await call('POST', '/migrate', { user_ids: [NOBODY] })).toMatchObject({
      status: 202,
      body: { total_users: 1 },
    });
  });

  it('takes all legacy users in several lanes, and pages through the results', async () => {
    const { product } = served;
    const ids = await Promise.all(
      Array.from({ length: 25 }, (_none, at) => product.addUser({ status: at < 3 ? 'x' : 'paused' })),
    );
    const started = await call('POST', '/migrate?wait=60', { all: true, batch_size: 3 });
    expect(started.body).toMatchObject({ status: 'completed', migrated_users: 22 });
    const path = `/migrations/${started.body.migration_id}`;
    const found: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await call('GET', `${path}?limit=10${cursor}`);
      found.push(...body.results.map(({ user_id: id }) => id));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(found.filter((id) => ids.includes(id)).toSorted()).toEqual(ids.toSorted());
    expect(new Set(found).size).toBe(found.length);
    expect((await call('GET', `${path}?only=failed`)).body.results).toHaveLength(started.body.failed_users);
  });
});

describe('POST /migrate/{user_id}', () => {
  it('answers the result, and the same again', async () => {
    const id = await served.product.addUser({ status: 'completed' });
    const first = await call('POST', `/migrate/${id}`);
    expect(first).toMatchObject({
      status: 200,
      body: { user_id: id, success: true, new_status: 'completed', bcm_generated: true, error: null },
    });
    expect(await call('POST', `/migrate/${id.toUpperCase()}`)).toEqual(first);
  });

  it('says why a user cannot be migrated', async () => {
    const { product } = served;
    expect((await call('POST', `/migrate/${NOBODY}`)).status).toBe(404);
    expect((await call('POST', '/migrate/nobody')).status).toBe(400);
    for (const [type, user] of [
      ['NoWorkspace', { workspaces: 0 }],
      ['UnknownLegacyStep', { step: 'x' }],
      ['no-legacy-status', { status: null }],
    ] as const) {
      const id = await product.addUser(user);
      expect(await call('POST', `/migrate/${id}`)).toMatchObject({
        status: 422,
        body: { type: `urn:carryover:problem:${type}` },
      });
    }
  });
});

describe('rolling back', () => {
  it('makes one user a legacy user again, unless there is new activity', async () => {
    const { product } = served;
    const id = await product.addUser();
    const before = await product.rowsOf(id);
    expect(await call('POST', `/rollback/${id}`)).toMatchObject({
      status: 409,
      body: { type: 'urn:carryover:problem:NotMigrated' },
    });
    await call('POST', `/migrate/${id}`);
    await product.setKey(id, 'step:3', '{"step_id": 3}');
    expect(await call('POST', `/rollback/${id}`, {})).toMatchObject({
      status: 409,
      body: { type: 'urn:carryover:problem:NewActivity' },
    });
    expect(await call('POST', `/rollback/${id}`, { force: true })).toMatchObject({
      status: 200,
      body: { success: true, user_id: id },
    });
    const after = await product.rowsOf(id);
    expect({ ...after, log: [] }).toEqual(before);
    expect(after.log.map(({ status }) => status)).toEqual(['completed', 'rolled_back']);
    expect(await product.keysOf(id)).toEqual({});
    expect((await call('POST', `/rollback/${NOBODY}`)).status).toBe(404);
  });

  it('of many counts those who were rolled back, and fails the others', async () => {
    const { product } = served;
    const [done, legacy] = [await product.addUser(), await product.addUser()];
    await call('POST', `/migrate/${done}`);
    const { body } = await call('POST', '/rollback?wait=60', { user_ids: [done, legacy] });
    expect(body).toMatchObject({ status: 'completed', migrated_users: 1, failed_users: 1 });
    expect(body.results.find(({ user_id: id }) => id === legacy)?.error?.type).toBe('NotMigrated');
  });
});

describe('validating and rebuilding', () => {
  it('finds differences from what was written, and fills Redis again', async () => {
    const { product } = served;
    const id = await product.addUser({ status: 'completed' });
    expect(await call('GET', `/validate/${id}`)).toMatchObject({ status: 200, body: { valid: false } });
    await call('POST', `/migrate/${id}`);
    const fine = await call('GET', `/validate/${id}`);
    expect(fine.body).toMatchObject({
      valid: true,
      session_id: sessionIdOf(id),
      error_message: null,
      bcm_generated: true,
      completion_percentage: 100,
    });
    expect(fine.body.details.every(({ ok }) => ok)).toBe(true);
    await product.redis.call('FLUSHALL');
    expect((await call('GET', `/validate/${id}`)).body).toMatchObject({
      valid: false,
      error_message: expect.stringContaining('redis'),
    });
    await product.setKey(id, 'progress', '{"mine": 1}');
    expect(await call('POST', `/rebuild/${id}`)).toEqual({ status: 200, body: { keys: 5 } });
    expect((await product.keysOf(id))['progress']).toBe('{"mine": 1}');
    await product.redis.call('FLUSHALL');
    await call('POST', `/rebuild/${id}`);
    expect((await call('GET', `/validate/${id}`)).body.valid).toBe(true);
    for (const change of [
      `UPDATE onboarding_steps SET step_data = '{"brand": {"n": 12345678901234567890.11}}' WHERE step_number = 2 AND session_id = $1`,
      `UPDATE business_context_manifests SET checksum = repeat('0', 64) WHERE session_id = $1`,
      `UPDATE onboarding_sessions SET completion_percentage = 99 WHERE id = $1`,
      `DELETE FROM onboarding_steps WHERE step_number = 24 AND session_id = $1`,
    ]) {
      const other = await product.addUser({ status: 'completed' });
      await call('POST', `/migrate/${other}`);
      const [session] = await product.query<{ id: string }>(
        'SELECT id FROM onboarding_sessions WHERE user_id = $1',
        other,
      );
      await product.query(change, session!.id);
      expect((await call('GET', `/validate/${other}`)).body.valid, change).toBe(false);
    }
    expect((await call('POST', `/rebuild/${await product.addUser()}`)).status).toBe(409);
    expect((await call('GET', `/validate/${NOBODY}`)).status).toBe(404);
  });
});

describe('steering', () => {
  it('pauses, resumes and cancels, again and again, and leaves what has ended', async () => {
    const { product } = served;
    const ids = await Promise.all(Array.from({ length: 12 }, () => product.addUser()));
    const { body } = await call('POST', '/migrate', { user_ids: ids, batch_size: 1 });
    const path = `/migrations/${body.migration_id}`;
    for (let times = 0; times < 2; times += 1) expect((await call('POST', `${path}/pause`)).status).toBe(202);
    expect(['paused', 'completed']).toContain((await call('GET', path)).body.status);
    for (let times = 0; times < 2; times += 1) await call('POST', `${path}/resume`);
    await expect.poll(async () => (await call('GET', path)).body.status).toBe('completed');
    expect((await call('POST', `${path}/cancel`)).body.status).toBe('completed');
    expect((await call('GET', path)).body).toMatchObject({ status: 'completed', migrated_users: 12 });
    expect((await call('POST', `/migrations/${NOBODY}/pause`)).status).toBe(404);
  });

  it('cancels a migration whose batch waits for Redis', async () => {
    const { product, redis } = served;
    const ids = [await product.addUser(), await product.addUser()];
    redis.kill();
    const { body } = await call('POST', '/migrate', { user_ids: ids });
    expect(await call('POST', `/migrate/${ids[0]}`)).toMatchObject({ status: 503 });
    expect(await served.world.call('GET', '/api/v1/onboarding/migration/health')).toMatchObject({
      statusCode: 503,
    });
    await call('POST', `/migrations/${body.migration_id}/cancel`);
    await expect
      .poll(async () => (await call('GET', `/migrations/${body.migration_id}`)).body.status)
      .toBe('cancelled');
    await redis.restart();
    const again = await call('POST', '/migrate?wait=60', { user_ids: ids });
    expect(again.body).toMatchObject({ migrated_users: 2 });
  });
});

describe('what runs', () => {
  it('is healthy without a token, counted, and streamed', async () => {
    const { product, world } = served;
    const health = await world.call('GET', '/api/v1/onboarding/migration/health');
    expect(health.json()).toMatchObject({ healthy: true, database: true, redis: true, temporal: true });
    const stats = (await call('GET', '/stats')).body;
    const [{ count }] = (await product.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM users',
    )) as [{ count: number }];
    expect(stats).toMatchObject({ total_users: count });
    expect(stats.total_migrations).toBe(stats.completed_migrations + stats.failed_migrations);
    expect((await call('GET', '/progress')).body).toEqual({ migrations: expect.any(Array) });
  });

  it('streams the progress of migrations from the moment that somebody watches', async () => {
    const { product, world } = served;
    const ids = await Promise.all(Array.from({ length: 3 }, () => product.addUser()));
    await world.app.listen({ port: 0, host: '127.0.0.1' });
    const path = '/api/v1/onboarding/migration/progress/events';
    const stream = await openEvents(world, path, await tokenFor('operator'));
    expect(stream.response.headers['content-type']).toContain('text/event-stream');
    await expect.poll(() => stream.events[0]).toMatchObject({ name: 'progress' });
    served.redis.kill();
    const { body } = await call('POST', '/migrate', { user_ids: ids });
    const progress = () =>
      stream.events
        .flatMap(({ data }) => data['migrations'] as { migration_id: string; total_users: number }[])
        .filter(({ migration_id: id }) => id === body.migration_id);
    await expect.poll(progress).toContainEqual({
      migration_id: body.migration_id,
      total_users: 3,
      done: 0,
      failed: 0,
      users_per_second: 0,
      seconds_left: null,
    });
    await served.redis.restart();
    await expect
      .poll(() => stream.events.at(-1)?.data['migrations'])
      .not.toContainEqual(expect.objectContaining({ migration_id: body.migration_id }));
    expect((await call('GET', `/migrations/${body.migration_id}`)).body).toMatchObject({ migrated_users: 3 });
    stream.response.destroy();
    expect((await world.call('GET', path)).statusCode).toBe(401);
  });

  it('shows a user’s state, and deletes old failures', async () => {
    const { product } = served;
    const id = await product.addUser({ step: 'x' });
    expect((await call('GET', `/user/${id}/status`)).body).toEqual({ user_id: id, log: null, session: null });
    await call('POST', `/migrate/${id}`);
    expect((await call('GET', `/user/${id}/status`)).body.log).toMatchObject({ status: 'failed' });
    await product.query(
      `UPDATE onboarding_migration_log SET completed_at = now() - interval '8 days', started_at = now() - interval '8 days' WHERE source_user_id = $1`,
      id,
    );
    expect((await call('POST', '/cleanup', undefined)).status).toBe(403);
    expect((await call('POST', '/cleanup', undefined, 'admin')).body).toEqual({ deleted: 1 });
    expect((await call('GET', `/user/${id}/status`)).body.log).toBeNull();
  });

  it('is a kind among others, with failures and a retry', async () => {
    const { product } = served;
    const [id, fine] = [await product.addUser({ step: 'x' }), await product.addUser()];
    const { body } = await call('POST', '/migrate?wait=60', { user_ids: [id, fine] });
    const path = `/v2/kinds/onboarding/migrations/${body.migration_id}`;
    expect((await call('GET', '/v2/kinds')).body.kinds).toContainEqual(
      expect.objectContaining({ kind: 'onboarding' }),
    );
    expect((await call('GET', path)).body).toMatchObject({ status: 'completed', failed_users: 1 });
    expect((await call('GET', `${path}/units`)).body).toMatchObject({
      units: [
        { unit: fine, status: 'migrated', phases: [], failures: 0, parts: [] },
        {
          unit: id,
          status: 'failed',
          failures: 1,
          parts: [{ type: 'UnknownLegacyStep', name: expect.stringContaining('"x"'), status: 'failed' }],
        },
      ].toReversed(),
    });
    expect((await call('GET', `${path}/failures`)).body.failures).toMatchObject([
      { unit: id, message: expect.stringContaining('UnknownLegacyStep') },
    ]);
    await product.query(`UPDATE users SET onboarding_step = 'gap' WHERE id = $1`, id);
    expect((await call('POST', `${path}/retry`)).status).toBe(202);
    await expect
      .poll(async () => (await call('GET', path)).body)
      .toMatchObject({ status: 'completed', failed_users: 0, migrated_users: 2 });
  });
});
