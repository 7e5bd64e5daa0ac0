import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import { NOT_STARTED } from '../../../../domain/engine/steering.js';
import { listMigrations } from '../../../../gateways/store/migrations/migrations-list.js';
import { addMigrations, writeMigrations } from '../../../../gateways/store/migrations/migrations.js';
import { writeStatusDocuments } from '../../../../gateways/store/migrations/status-documents.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import { applyMigrations } from '../../../../gateways/store/sql/migrate.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { databaseBefore } from '../fresh-store.js';
import { rememberedOf } from '../world.js';

const STEERED = { by: 'ann', since: '2026-03-01T10:00:00.000Z' };

let database: Awaited<ReturnType<typeof databaseBefore>>;
let store: Store;

/** A store of the version before, with an account of which everything was asked. */
beforeAll(async () => {
  database = await databaseBefore('20261128211000_work');
  store = openStore(database.url);
  const migration = {
    status: 'migrating',
    started: true,
    startedAt: '2026-01-01T00:00:00.000Z',
    restartedAt: '2026-01-02T00:00:00.000Z',
    startedBy: 'app',
    recentSince: '2025-12-02T00:00:00.000Z',
    paused: STEERED,
    cancelled: null,
  };
  await store.pool.query(
    "INSERT INTO accounts (source_id, name, migration) VALUES ('acc_old', 'Lakeside', $1), ('acc_here', 'Here', NULL)",
    [migration],
  );
  await applyMigrations(database.url);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

test('what an older version remembered of a migration moves to its row, and stays as it was', async () => {
  expect(await rememberedOf(store, 'acc_old')).toEqual({
    status: 'migrating',
    started: true,
    startedAt: '2026-01-01T00:00:00.000Z',
    restartedAt: '2026-01-02T00:00:00.000Z',
    startedBy: 'app',
    recentSince: '2025-12-02T00:00:00.000Z',
    paused: STEERED,
  });
  const { migration } = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: 'acc_old' } });
  expect(migration).toEqual({ status: 'migrating', recentSince: '2025-12-02T00:00:00.000Z' });
  expect(await rememberedOf(store, 'acc_here')).toEqual({});
});

test('a list has the migrations of its kind alone, whatever others call their subjects', async () => {
  const steering = { ...NOT_STARTED, started: true, paused: STEERED };
  await transaction(store.control, 'test', async (tx) => {
    for (const [kind, name, status] of [
      [CONVERSATIONS, 'Ours', 'migrating'],
      ['moves', 'Theirs', 'running'],
    ] as const) {
      await addMigrations(tx, kind, [{ subject: '1:4', name }]);
      await writeMigrations(tx, kind, [{ subject: '1:4', name, status, steering }]);
      await writeStatusDocuments(tx, kind, [
        { subject: '1:4', document: `{"status":"${status}"}`, tally: {} },
      ]);
    }
  });
  const found = { key: '1:4', name: 'Theirs', status: 'running', steering, changedAt: expect.any(String) };
  expect(await listMigrations(store.pool, 'moves', { limit: 10 })).toEqual([found]);
  expect(await listMigrations(store.pool, 'moves', { q: 'THEIR', status: 'running', limit: 10 })).toEqual([
    found,
  ]);
  expect(await listMigrations(store.pool, 'moves', { q: 'ours', limit: 10 })).toEqual([]);
  expect(await listMigrations(store.pool, CONVERSATIONS, { limit: 10 })).toMatchObject([{ name: 'Ours' }]);
});
