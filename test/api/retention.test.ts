import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../api/app.js';
import { type World, apiWorld } from './world.js';

let world: World;
beforeAll(async () => {
  world = await apiWorld();
});
afterAll(() => world.close());

const left = async (table: string) =>
  (await world.store.pool.query(`SELECT count(*)::int AS count FROM ${table}`)).rows[0].count as number;

test('an API that begins forgets what was delivered a week ago, callbacks of a month ago and who asked an hour ago, and nothing else', async () => {
  await world.store.pool.query(`
    INSERT INTO workflow_messages (account_source_id, workflow_id, kind, payload, created_at, delivered_at, outcome)
    SELECT 'acc_1', 'migration:acc_1', 'start', '{}', now() - days * interval '1 day', now() - days * interval '1 day', 'delivered'
    FROM generate_series(1, 2501) n, LATERAL (SELECT CASE WHEN n <= 2500 THEN 8 ELSE 6 END AS days) age`);
  await world.store.pool.query(`
    INSERT INTO porting_callbacks (webhook_id, port_order_id, body, received_at)
    SELECT 'msg_' || days, 'po_1', '{}', now() - days * interval '1 day' FROM unnest(ARRAY[1, 29, 31, 400]) days`);
  // What was never delivered is kept, however old.
  await world.store.pool.query(`
    INSERT INTO workflow_messages (account_source_id, workflow_id, kind, payload, created_at)
    VALUES ('acc_2', 'porting:acc_2', 'nobody-knows', '{}', now() - interval '90 days')`);
  await world.store.pool.query(`
    INSERT INTO app_polls (account_source_id, polled_at)
    SELECT 'acc_' || minutes, now() - minutes * interval '1 minute' FROM unnest(ARRAY[1, 59, 61, 9000]) minutes`);
  const app = await buildApp(world.apiOptions);
  await app.ready();
  await app.close();
  expect(await left('workflow_messages')).toBe(2);
  expect(await left('app_polls')).toBe(2);
  const kept = await world.store.pool.query('SELECT webhook_id FROM porting_callbacks ORDER BY 1');
  expect(kept.rows.map((row: { webhook_id: string }) => row.webhook_id)).toEqual(['msg_1', 'msg_29']);
});
