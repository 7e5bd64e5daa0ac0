import { afterEach, beforeEach, expect, test } from 'vitest';
import { repairGaps } from '../../../../gateways/store/conversations/streams/gap-repairs.js';
import { markGap } from '../../../../gateways/store/conversations/streams/gaps.js';
import { dropOverfull, MOST_WAITING } from '../../../../gateways/store/conversations/streams/overfull.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { setFlag } from '../../../gateways/store/world.js';
import type { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { removeItem } from '../import/source-tables.js';
import type { Verifier } from '../verification/verification-world.js';
import type { ChangingBrands } from './changing-brands.js';
import { A, ACCOUNT, MigratedWorld, NOW } from './migrated-world.js';

let migrated: MigratedWorld;
let world: ImportWorld;
let verifier: Verifier;
let brands: ChangingBrands;

beforeEach(async () => {
  migrated = await MigratedWorld.open();
  ({ world, verifier, brands } = migrated);
});

afterEach(() => world.close());

const mark = () => transaction(world.pool, 'test', (tx) => markGap(tx, 'too-old', [A]));
const repair = () => repairGaps(world.pool, NOW);
async function gap(): Promise<string | undefined> {
  const [row] = await world.query<{ reason: string | null }>(
    `SELECT gap ->> 'reason' AS reason FROM carryover.followed_brands WHERE brand_id = $1`,
    [A],
  );
  return row?.reason ?? undefined;
}

test('a gap is closed by a repair: records that were added, changed and removed meanwhile are as at the source', async () => {
  const left = threadItem(A, 'thr_left');
  const at = '2026-10-03T00:00:00.000Z';
  const message = messageItem(A, 'thr_left', 'msg_left', at);
  await world.put('threads', [left]);
  await world.put('messages', [message]);
  expect(await verifier.verify([A], true)).toBe('equal');
  await world.query('DELETE FROM carryover.verifications');

  await brands.change(0);
  await removeItem(world.tables.threads, { brand_id: A, thread_id: 'thr_left' });
  await removeItem(world.tables.messages, { thread_id: 'thr_left', message_key: message['message_key'] });
  await mark();
  expect(await repair()).toEqual([ACCOUNT]);
  expect(await repair()).toEqual([]);
  const messages = await world.query('SELECT workflow_id, signal, payload FROM carryover.workflow_messages');
  expect(messages).toEqual([
    {
      workflow_id: `migration:${ACCOUNT}/verification`,
      signal: 'verify',
      payload: { by: 'following', at: NOW.toISOString(), verificationId: expect.any(String), begun: true },
    },
  ]);
  expect(await world.query('SELECT action, actor, role FROM carryover.audit_entries')).toEqual([
    { action: 'repair', actor: 'following', role: 'carryover' },
  ]);
  // Finds the one that was asked for.
  expect(await verifier.verify([A], true)).toBe('equal');
  expect(await brands.isHeld(A)).toBe(true);
  expect(await world.query(`SELECT FROM thread_sources WHERE source_id = 'thr_left'`)).toEqual([]);
  expect(await world.query('SELECT FROM carryover.waiting_hints')).toEqual([]);
  const removed = await world.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM carryover.removed_records',
  );
  expect(removed).toEqual([{ count: 7 }]);
  expect(await gap()).toBeUndefined();
});

test('a repair of an account that nobody follows leaves what only the store holds', async () => {
  await world.query('DELETE FROM carryover.followed_accounts');
  await brands.remove(A, 3);
  expect(await verifier.verify([A], true)).toBe('unequal');
  expect(await verifier.findings(ACCOUNT, 2)).toEqual([`messages extra msg_${A}_3`]);
});

test('a gap that is marked while a repair runs, or while one fails, stays', async () => {
  await mark();
  await repair();
  await mark();
  expect(await verifier.verify([A], true)).toBe('equal');
  expect(await gap()).toBe('too-old');
});

test.each(['paused', 'cancelled'] as const)('a gap waits while the migration is %s', async (flag) => {
  await mark();
  await setFlag(world.pool, ACCOUNT, flag, { by: 'operator' });
  expect(await repair()).toEqual([]);
  await setFlag(world.pool, ACCOUNT, flag, null);
  expect(await repair()).toEqual([ACCOUNT]);
});

test('a gap waits until everything is imported', async () => {
  await mark();
  await migrated.lead('recent-messages-migrated');
  expect(await repair()).toEqual([]);
  await migrated.lead('all-messages-migrated');
  expect(await repair()).toEqual([ACCOUNT]);
});

test('after a repair that has failed, the next one is an hour later', async () => {
  await mark();
  await repair();
  await world.query(`UPDATE carryover.verifications SET state = 'failed', ended_at = now()`);
  expect(await repair()).toEqual([]);
  await world.query(`UPDATE carryover.verifications SET ended_at = now() - interval '61 minutes'`);
  expect(await repair()).toEqual([ACCOUNT]);
});

test('a source that has lost most of a brand removes nothing here', async () => {
  await world.query(
    `INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
     SELECT id, 'lost_' || n, 'in', 'text', '2026-10-03', '2026-10-03T00:00:00.000Z#lost_' || n, $1
     FROM message_threads, generate_series(1, 1001) n`,
    [`thr_${A}`],
  );
  await mark();
  await repair();
  expect(await verifier.verify([A], true)).toBe('unequal');
  expect((await brands.held(A)).size).toBe(1_041);
});

test('too many hints are dropped, and the gap is marked', async () => {
  await world.query(
    `INSERT INTO carryover.waiting_hints (brand_id, source_table, key_hash, key)
     SELECT id, 'messages', n, '["a","b"]' FROM brands, generate_series(1, ${MOST_WAITING}) n`,
  );
  await dropOverfull(world.pool);
  expect(await gap()).toBeUndefined();
  await world.query(
    `INSERT INTO carryover.waiting_hints (brand_id, source_table, key_hash, key) SELECT id, 'threads', '', '["a","b"]' FROM brands`,
  );
  await dropOverfull(world.pool);
  expect(await gap()).toBe('too-many');
  expect(await world.query('SELECT FROM carryover.waiting_hints')).toEqual([]);
});
