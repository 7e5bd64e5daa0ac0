import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inboxKind } from '../../../activities/inbox/kind.js';
import { INBOX_ROWS } from '../../../gateways/store/inbox/rows.js';
import { openStore, type Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { ChatwootRows } from '../../support/chatwoot-rows.js';
import { migrationOf, queueMove } from '../../support/inbox-moves.js';
import { type TestDatabase, testDatabase } from '../../support/servers.js';

const SUBJECT = '1:1';
let database: TestDatabase;
let store: Store;
let chatwoot: ChatwootDatabase;
let id: string;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore(database.url, { applicationName: 'carryover-test' });
  chatwoot = await chatwootDatabase();
  await new ChatwootRows(chatwoot.pool).business();
});
afterAll(async () => {
  await store.close();
  await chatwoot.drop();
  await database.drop();
});
beforeEach(async () => {
  await chatwoot.pool.query(
    `UPDATE carryover.inbox_migrations SET status = 'cancelled' WHERE status = 'queued'`,
  );
  id = await queueMove(chatwoot.pool);
  await transaction(store.pool, 'start', (tx) => INBOX_ROWS.start(tx, SUBJECT, 'ops'));
});

const kind = () =>
  inboxKind({
    ...{ store: store.pool, chatwoot: chatwoot.pool, batchSize: 500 },
    code: { version: '1.2.3', commit: null },
  });
const statusInStore = async () =>
  transaction(store.pool, 'read', async (tx) => (await INBOX_ROWS.lock(tx, SUBJECT))?.status);

test('the units are the moves that Chatwoot has queued, also when they are read again', async () => {
  const expected = {
    name: 'Old number',
    units: [{ unit: id, name: 'Old number', phases: ['move'] }],
    paused: false,
  };
  expect(await kind().prepare(SUBJECT, true)).toEqual(expected);
  expect(await kind().prepare(SUBJECT, false)).toEqual(expected);
  expect(await kind().prepare('1:2', true)).toMatchObject({ units: [] });
  await transaction(store.pool, 'pause', (tx) =>
    INBOX_ROWS.steer(tx, SUBJECT, (state) => ({
      ...state,
      paused: { by: 'ops', since: '2026-03-01T10:00:00.000Z' },
    })),
  );
  expect(await kind().prepare(SUBJECT, true)).toMatchObject({ paused: true });
});

test('a failed unit shows the reason in Chatwoot, and a second report changes nothing', async () => {
  const failure = { type: 'CheckUnequal', message: '3 messages name another inbox.' } as const;
  await kind().recordUnitFailure(SUBJECT, id, { step: 'move', failure });
  await kind().recordFailure(SUBJECT, { ...failure, message: 'something else' });
  expect(await migrationOf(chatwoot.pool, id)).toMatchObject({
    ...{ status: 'failed', error_message: '3 messages name another inbox.' },
    completed_at: expect.any(Date),
  });
  expect(await statusInStore()).toBe('failed');
});

const cancelled = () =>
  transaction(store.pool, 'cancel', (tx) =>
    INBOX_ROWS.steer(tx, SUBJECT, (state) => ({
      ...state,
      cancelled: { by: 'ops', since: '2026-03-01T10:00:00.000Z' },
    })),
  );

test('a start that comes before the cancellation is recorded keeps what it has started', async () => {
  await kind().prepare(SUBJECT, true);
  await cancelled();
  await transaction(store.pool, 'start', (tx) => INBOX_ROWS.start(tx, SUBJECT, 'ops'));
  await kind().recordCancellation(SUBJECT, 'ops');
  expect(await kind().prepare(SUBJECT, true)).toMatchObject({ units: [{ unit: id }] });
  expect(await statusInStore()).toBe('running');
});

test('a cancelled migration ends in both places', async () => {
  await kind().prepare(SUBJECT, true);
  await cancelled();
  await kind().recordCancellation(SUBJECT, 'ops');
  expect(await migrationOf(chatwoot.pool, id)).toMatchObject({
    status: 'cancelled',
    completed_at: expect.any(Date),
  });
  expect(await statusInStore()).toBe('cancelled');
  expect(await kind().prepare(SUBJECT, true)).toMatchObject({ units: [] });
});
