import { expect, test } from 'vitest';
import { buildApp } from '../../../api/app.js';
import { type ApiRetention, DEFAULT_API_RETENTION } from '../../../api/plugins/retention.js';
import { type World, apiWorld, meet } from '../world.js';
import { forThisFile } from '../../support/for-this-file.js';

let world: World;
forThisFile(apiWorld, (opened) => (world = opened));

const left = async (table: string) =>
  (await world.store.pool.query(`SELECT count(*)::int AS count FROM carryover.${table}`)).rows[0]
    .count as number;

test('an API that starts deletes messages delivered a week ago, callbacks of a month ago and polls of an hour ago, and nothing else', async () => {
  await world.store.pool.query(`
    INSERT INTO carryover.workflow_messages (kind, subject, workflow_id, signal, payload, created_at, delivered_at, outcome)
    SELECT 'conversations', 'acc_1', 'migration:acc_1', 'start', '{}', now() - days * interval '1 day', now() - days * interval '1 day', 'delivered'
    FROM generate_series(1, 2501) n, LATERAL (SELECT CASE WHEN n <= 2500 THEN 8 ELSE 6 END AS days) age`);
  await world.store.pool.query(`
    INSERT INTO carryover.porting_callbacks (webhook_id, port_order_id, body, received_at)
    SELECT 'msg_' || days, 'po_1', '{}', now() - days * interval '1 day' FROM unnest(ARRAY[1, 29, 31, 400]) days`);
  // What was never delivered is kept, however old.
  await world.store.pool.query(`
    INSERT INTO carryover.workflow_messages (kind, subject, workflow_id, signal, payload, created_at)
    VALUES ('conversations', 'acc_2', 'porting:acc_2', 'nobody-knows', '{}', now() - interval '90 days')`);
  await world.store.pool.query(`
    INSERT INTO carryover.app_polls (kind, subject, polled_at)
    SELECT 'conversations', 'acc_' || minutes, now() - minutes * interval '1 minute' FROM unnest(ARRAY[1, 59, 61, 9000]) minutes`);
  const app = await buildApp(world.apiOptions);
  await app.ready();
  await app.close();
  expect(await left('workflow_messages')).toBe(2);
  expect(await left('app_polls')).toBe(2);
  const kept = await world.store.pool.query('SELECT webhook_id FROM carryover.porting_callbacks ORDER BY 1');
  expect(kept.rows.map((row: { webhook_id: string }) => row.webhook_id)).toEqual(['msg_1', 'msg_29']);
});

test('the audit and verifications are kept as configured, and what is still needed for ever', async () => {
  await meet(world, 'acc_1');
  await world.store.pool.query(`
    INSERT INTO carryover.audit_entries (kind, subject, actor, role, action, at, last_at, times)
    VALUES ('conversations', 'acc_1', 'old', 'app', 'start', now() - interval '9 days', NULL, 1),
           ('conversations', 'acc_1', 'repeated', 'app', 'start', now() - interval '9 days', now() - interval '1 day', 5),
           ('conversations', 'acc_1', 'new', 'app', 'start', now() - interval '1 day', NULL, 1)`);
  // The latest with a result is kept, whatever its age, and what came after it; of what was before it nothing.
  await world.store.pool.query(
    `INSERT INTO carryover.verifications (kind, subject, repair, state, asked_by, asked_at, ended_at)
     SELECT 'conversations', 'acc_1', false, state, by, now() - interval '99 days', CASE WHEN state <> 'running' THEN now() - days * interval '1 day' END
     FROM (VALUES ('equal', 'first', 50), ('failed', 'second', 40), ('unequal', 'third', 30), ('failed', 'fourth', 20), ('running', 'fifth', 0))
       AS v (state, by, days)`,
  );
  const keptFor = async (retention: ApiRetention) => {
    const app = await buildApp({ ...world.apiOptions, retention });
    await app.ready();
    await app.close();
    const actors = await world.store.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
    const verifications = await world.store.prisma.verification.findMany({ orderBy: { id: 'asc' } });
    return [actors.map(({ actor }) => actor), verifications.map(({ askedBy }) => askedBy)];
  };
  const all = [
    ['old', 'repeated', 'new'],
    ['first', 'second', 'third', 'fourth', 'fifth'],
  ];
  expect(await keptFor({ ...DEFAULT_API_RETENTION, audit: 0, verifications: 0 })).toEqual(all);
  expect(await keptFor({ ...DEFAULT_API_RETENTION, audit: 10, verifications: 60 })).toEqual(all);
  expect(await keptFor({ ...DEFAULT_API_RETENTION, audit: 5, verifications: 10 })).toEqual([
    ['repeated', 'new'],
    ['third', 'fourth', 'fifth'],
  ]);
});
