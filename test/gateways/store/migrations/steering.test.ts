import { expect, test } from 'vitest';
import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import { NOT_STARTED } from '../../../../domain/engine/steering.js';
import { listMigrations } from '../../../../gateways/store/migrations/migrations-list.js';
import { addMigrations, writeMigrations } from '../../../../gateways/store/migrations/migrations.js';
import { writeStatusDocuments } from '../../../../gateways/store/migrations/status-documents.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { freshStore, type FreshStore } from '../fresh-store.js';
import { forThisFile } from '../../../support/for-this-file.js';

const STEERED = { by: 'ann', since: '2026-03-01T10:00:00.000Z' };

let store: FreshStore;
forThisFile(freshStore, (opened) => (store = opened));

test('a list has only the migrations of its kind, whatever the subjects of others', async () => {
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
