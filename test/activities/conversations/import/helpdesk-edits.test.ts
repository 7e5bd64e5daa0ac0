import { beforeEach, expect, test } from 'vitest';
import { createRetryQuarantined } from '../../../../activities/conversations/operations/retry-quarantined.js';
import { ImportWorld } from './import-world.js';
import { type LooseItem, messageItem, threadItem } from './source-items.js';
import { forVerifiedWorld, type Verifier } from '../verification/verification-world.js';
import { systemClock } from '../../../../gateways/clock.js';

const BRAND = 'br_1_1';
const PHONE = '+15550002222';
const RECENT = '2026-11-01T00:00:00.000Z';
const OLD = '2026-01-01T00:00:00.000Z';
const PAIR = { c1: '+15550001111', c2: PHONE };

let world: ImportWorld;
let verifier: Verifier;
forVerifiedWorld(
  (...opened) => ([world, verifier] = opened),
  () => ImportWorld.open(),
);
beforeEach(async () => {
  await world.account('acc_1', BRAND);
  await world.put('threads', [sms(), chat()]);
  await world.put('messages', [
    messageItem(BRAND, 'thr_sms', 'msg_1', RECENT),
    messageItem(BRAND, 'thr_chat', 'msg_2', RECENT),
    messageItem(BRAND, 'thr_chat', 'msg_3', OLD),
  ]);
  await run('recent');
});

const sms = (change: LooseItem = {}) =>
  threadItem(BRAND, 'thr_sms', { ...PAIR, kind: 'sms', status: 'open', c2_name: 'Ann', ...change });
/** Another source of the same thread, that only the remaining phase reads. */
const calls = (change: LooseItem = {}) =>
  threadItem(BRAND, 'thr_calls', {
    ...PAIR,
    kind: 'void',
    status: 'archived',
    last_message_at: OLD,
    ...change,
  });
const chat = (change: LooseItem = {}) => threadItem(BRAND, 'thr_chat', { status: 'closed', ...change });

async function run(phase: 'recent' | 'remaining'): Promise<void> {
  await world.importPhase(BRAND, phase);
  await world.complete(BRAND, phase);
}

const edit = (thread: string, status: string) =>
  world.query(
    `UPDATE message_threads SET status = $2 WHERE id = (SELECT thread_id FROM thread_sources WHERE source_id = $1)`,
    [thread, status],
  );
const rename = (identity: string, name: string | null) =>
  world.query('UPDATE contacts SET name = $2 WHERE identity = $1', [identity, name]);

/** Contact → its name and its thread's status. */
async function shown(): Promise<Record<string, unknown>> {
  const { threads } = await world.contents();
  return Object.fromEntries(threads.map((row) => [row['identity'], [row['name'], row['status']]]));
}
const VISITOR = 'visitor of thr_chat';

test('an edit between the phases is kept, is not a difference, and survives a repair', async () => {
  await edit('thr_sms', 'closed');
  await rename(PHONE, 'Ann of Lakeside');
  await edit('thr_chat', 'open');
  await rename(VISITOR, 'Bob');
  await world.put('threads', [calls({ status: 'open', c2_name: 'Old Ann' })]);

  await run('remaining');

  const edited = { [PHONE]: ['Ann of Lakeside', 'closed'], [VISITOR]: ['Bob', 'open'] };
  expect(await shown()).toEqual(edited);
  expect(await verifier.verify([BRAND])).toBe('equal');
  expect(await verifier.findings('acc_1')).toEqual([]);
  expect(await verifier.verify([BRAND], true)).toBe('equal');
  expect(await shown()).toEqual(edited);
});

test('a later change at the source replaces an edit', async () => {
  await edit('thr_sms', 'closed');
  await rename(PHONE, 'Ann of Lakeside');
  await edit('thr_chat', 'open');
  await world.put('threads', [sms({ status: 'archived', c2_name: 'Anna' }), calls()]);

  await run('remaining');

  expect(await shown()).toEqual({ [PHONE]: ['Anna', 'archived'], [VISITOR]: [null, 'open'] });
});

test('a source of a merged thread that does not change the merged result leaves the edit', async () => {
  await edit('thr_sms', 'archived');
  await world.put('threads', [sms({ c2_name: 'Ann', last_message_at: '2026-11-02T00:00:00.000Z' }), calls()]);
  await run('remaining');
  expect((await shown())[PHONE]).toEqual(['Ann', 'archived']);
  await world.put('threads', [calls({ status: 'closed' })]);
  expect(await verifier.verify([BRAND], true)).toBe('equal');
  expect((await shown())[PHONE]).toEqual(['Ann', 'archived']);
});

test('without an edit, threads and contacts follow the source through all phases', async () => {
  await world.put('threads', [sms({ status: 'archived', c2_name: 'Anna' }), calls({ status: 'closed' })]);
  await run('remaining');
  expect((await shown())[PHONE]).toEqual(['Anna', 'closed']);
  await world.put('threads', [calls({ status: 'open' })]);
  await verifier.verify([BRAND], true);
  expect((await shown())[PHONE]).toEqual(['Anna', 'open']);
});

test('a repair of what was lost and a retry of quarantined records keep edits', async () => {
  await world.put('threads', [calls({ kind: 'pigeon' })]);
  await world.put('messages', [messageItem(BRAND, 'thr_calls', 'msg_4', OLD)]);
  await run('remaining');
  await edit('thr_sms', 'closed');
  await rename(PHONE, null);
  await world.query(`UPDATE thread_sources SET original = '{}' WHERE source_id IN ('thr_sms', 'thr_chat')`);
  await world.query(`DELETE FROM messages WHERE source_id = 'msg_1'`);
  expect(await verifier.verify([BRAND], true)).toBe('equal');
  expect((await shown())[PHONE]).toEqual([null, 'closed']);

  await world.put('threads', [calls({ status: 'open', c2_name: 'Ann' })]);
  const retry = createRetryQuarantined({
    clock: systemClock,
    store: world.store,
    code: { version: '1', commit: null },
    tables: world.tables,
  });
  expect(await world.environment().run(retry, { accountId: 'acc_1' })).toMatchObject({ imported: 2 });
  expect((await shown())[PHONE]).toEqual([null, 'closed']);
});
