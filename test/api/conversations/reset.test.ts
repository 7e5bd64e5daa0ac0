import { describe, expect, it } from 'vitest';
import { finishReset, isResetting } from '../../../gateways/store/conversations/reset/reset.js';
import { apiWorld, meet, tokenFor, type World } from '../world.js';
import { forThisFile } from '../../support/for-this-file.js';

let world: World;
forThisFile(
  () => apiWorld({ resetAllowed: true }),
  (opened) => (world = opened),
);

const post = async (path: string, role: 'app' | 'service' | 'operator' | 'admin', accountId?: string) =>
  world.call('POST', path, {
    token: await tokenFor(role, role === 'app' ? accountId : undefined),
    ...(accountId === undefined
      ? {}
      : { body: { account_id: accountId }, headers: { 'content-type': 'application/json' } }),
  });
const statusOf = async (accountId: string) =>
  (
    await world.call('GET', `/v2/check-migration-status?account_id=${accountId}`, {
      token: await tokenFor('service'),
    })
  ).json<{ status: string }>().status;

describe('POST /v2/reset-migration', () => {
  it('is for the Conversations service and administrators', async () => {
    await meet(world, 'acc_1', { brand: 'br_1', sms: 'ch_1', email: 'ch_2' });
    for (const role of ['app', 'operator'] as const)
      expect((await post('/v2/reset-migration', role, 'acc_1')).statusCode).toBe(403);
    for (const role of ['service', 'admin'] as const)
      expect((await post('/v2/reset-migration', role, 'acc_1')).statusCode).toBe(202);
    expect((await post('/v2/reset-migration', 'admin', 'acc_none')).statusCode).toBe(404);
  });

  it('is refused where it is not allowed', async () => {
    const careful = await apiWorld();
    const answer = await careful.call('POST', '/v2/reset-migration', {
      token: await tokenFor('admin'),
      body: { account_id: 'acc_1' },
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      403,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(answer.json<{ detail: string }>().detail).toContain('MIGRATION_RESET_ALLOWED');
    await careful.close();
  });

  it('sets all statuses back at once; meanwhile a start changes nothing, and steering is refused', async () => {
    await meet(world, 'acc_2', { brand: 'br_2', sms: 'ch_3', email: 'ch_4' });
    await post('/v2/start-migration', 'service', 'acc_2');
    expect(await statusOf('acc_2')).toBe('migrating');
    await post('/v2/reset-migration', 'admin', 'acc_2');
    await expect.poll(() => statusOf('acc_2')).toBe('pending');

    const start = await post('/v2/start-migration', 'app', 'acc_2');
    expect([start.statusCode, start.json()]).toEqual([
      202,
      { account_id: 'acc_2', migration_status: 'pending' },
    ]);
    for (const action of ['pause', 'cancel', 'attachments/retry', 'quarantine/retry'])
      expect((await post(`/v2/migrations/acc_2/${action}`, 'operator')).statusCode, action).toBe(409);
    expect(await isResetting(world.store, 'acc_2')).toBe(true);
  });

  it('ends with one start, in the name of who requested it, even if the migration was done', async () => {
    expect(await finishReset(world.store, 'acc_2')).toBe(true);
    await expect.poll(() => statusOf('acc_2')).toBe('migrating');
    expect(await isResetting(world.store, 'acc_2')).toBe(false);
    expect(await finishReset(world.store, 'acc_2')).toBe(true);
    const { rows } = await world.store.pool.query(
      "SELECT payload FROM carryover.workflow_messages WHERE subject = 'acc_2' AND signal = 'start' AND payload ? 'afresh'",
    );
    expect(rows).toMatchObject([{ payload: { afresh: true, by: 'somebody-admin' } }]);
  });
});
