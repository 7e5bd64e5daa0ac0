import { CancelledFailure } from '@temporalio/activity';
import { describe, expect, test } from 'vitest';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { readPhases } from '../../../../gateways/store/conversations/status/phase-facts.js';
import { readCertificate } from '../../../../gateways/store/proof/certificate-reads.js';
import type { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { removeItem } from '../import/source-tables.js';
import { A, ACCOUNT, at, B, forImportedAccount } from './verification-account.js';
import { Verifier } from './verification-world.js';

let world: ImportWorld;
let verifier: Verifier;
forImportedAccount((...opened) => ([world, verifier] = opened));

test('an imported account is found equal, and the comparison leaves nothing behind', async () => {
  const before = await world.contents();
  expect(await verifier.verify([A, B])).toBe('equal');
  expect(await verifier.findings(ACCOUNT)).toEqual([]);
  expect(await world.contents()).toEqual(before);
  expect(await world.query('SELECT FROM carryover.verification_marks')).toEqual([]);
  expect(await world.query(`SELECT FROM carryover.phases WHERE pass <> 'copy'`)).toEqual([]);
});

test('a message that both sides have lost is subtracted from the phase that has counted it', async () => {
  await removeItem(world.tables.messages, { thread_id: 'thr_4', message_key: `${at(10)}#msg_b` });
  await world.query(`
    WITH gone AS (DELETE FROM messages WHERE source_id = 'msg_b' RETURNING thread_id)
    UPDATE message_threads SET message_count = 0, last_message_at = NULL WHERE id IN (SELECT thread_id FROM gone)`);
  expect(await verifier.verify([A, B])).toBe('equal');
  const [brand] = await world.query<{ id: string }>('SELECT id FROM brands WHERE source_id = $1', [B]);
  const phases = (await readPhases(world.pool, [brand!.id])).get(brand!.id) ?? [];
  expect(phases.map(({ phase, messages: { read } }) => [phase, read])).toEqual([
    ['recent', 0],
    ['remaining', 0],
  ]);
});

describe('a source in use', () => {
  const now = () => new Date().toISOString();

  test('has new records, which are not a fault; a repair imports them too', async () => {
    await world.put('threads', [threadItem(A, 'thr_new', { created_at: now() })]);
    await world.put('messages', [
      messageItem(A, 'thr_new', 'msg_new_1', now()),
      messageItem(A, 'thr_1', 'msg_new_2', now()),
    ]);
    expect(await verifier.verify([A, B])).toBe('equal');
    expect(await verifier.findings(ACCOUNT)).toEqual([
      'messages new msg_new_1',
      'messages new msg_new_2',
      'threads new thr_new',
    ]);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect(await verifier.findings(ACCOUNT, 2)).toEqual([]);
    expect(await world.query(`SELECT FROM messages WHERE source_id LIKE 'msg_new%'`)).toHaveLength(2);
  });

  test('has corrected one of several invalid copies: it is missing, and a repair imports it', async () => {
    const copies = (direction: string) => [
      messageItem(B, 'thr_4', 'msg_both', at(11), { direction: 'up' }),
      messageItem(A, 'thr_1', 'msg_both', at(12), { direction }),
    ];
    await world.put('messages', copies('down'));
    expect(await verifier.verify([A, B], true)).toBe('equal');
    await world.put('messages', copies('in'));
    expect(await verifier.verify([A, B])).toBe('unequal');
    expect(await verifier.findings(ACCOUNT)).toEqual(['messages missing msg_both']);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    const rows = await world.query(
      `SELECT source_thread_id AS thread, (SELECT count(*)::integer FROM quarantined_records q WHERE q.source_id = m.source_id) AS left
       FROM messages m WHERE source_id = 'msg_both'`,
    );
    expect(rows).toEqual([{ thread: 'thr_1', left: 0 }]);
  });

  test('has new attachments: a repair fetches them, although the import has ended', async () => {
    await world.query(`UPDATE attachments SET stored_url = 'file:///stored'`);
    const asked = () => world.query('SELECT signal, workflow_id FROM carryover.workflow_messages');
    const attachments = [{ attachment_id: 'new', url: 'http://files.example/new' }];
    await world.put('messages', [messageItem(A, 'thr_1', 'msg_new', now(), { attachments })]);
    await verifier.verify([A, B]);
    expect(await asked()).toEqual([]);
    await verifier.verify([A, B], true);
    expect(await asked()).toEqual([
      { signal: 'retry-attachments', workflow_id: `migration:${ACCOUNT}/attachments` },
    ]);
  });

  test('has changed: the current state counts, and a repair imports it', async () => {
    await world.put('threads', [threadItem(A, 'thr_bad'), threadItem(A, 'thr_3', { status: 'archived' })]);
    await world.put('messages', [messageItem(A, 'thr_1', 'msg_00', at(1, 0), { body: 'written anew' })]);
    expect(await verifier.verify([A, B])).toBe('unequal');
    expect(await verifier.findings(ACCOUNT)).toEqual([
      'messages different msg_00 body',
      'quarantined_records different thr_bad can be taken now',
      'threads different thr_3 status',
    ]);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect(await world.query(`SELECT body FROM messages WHERE source_id = 'msg_00'`)).toEqual([
      { body: 'written anew' },
    ]);
    expect(await world.reasons()).not.toHaveProperty(`thr_bad/${at(9)}#msg_of_bad`);
  });
});

test('many differences are all counted, with ten samples of the smallest ids', async () => {
  await world.query(`DELETE FROM messages WHERE source_thread_id IN ('thr_1', 'thr_2') AND source_id LIKE 'msg_0%'
    OR source_id LIKE 'msg_1%'`);
  await verifier.verify([A, B], false, { slicesAtOnce: 3, pieceRecords: 4 });
  const found = await verifier.findings(ACCOUNT);
  const [{ lost } = { lost: 0 }] = await world.query<{ lost: number }>(
    `SELECT 35 - 5 + 2 + 1 - count(*)::integer AS lost FROM messages`,
  );
  expect(found).toHaveLength(11);
  expect(found.at(-1)).toBe(`messages missing: ${lost}`);
  expect(found.slice(0, 10)).toEqual(found.slice(0, 10).toSorted());
});

test('threads of which every row is wrong are counted over all chunks, with ten samples', async () => {
  await world.query(
    `INSERT INTO message_threads (brand_id, contact_id, pair_key, c1, c2, status)
     SELECT t.brand_id, t.contact_id, 'wrong ' || n, t.c1, t.c2, 'open'
     FROM thread_sources s JOIN message_threads t ON t.id = s.thread_id, generate_series(1, 250) n WHERE s.source_id = 'thr_3'`,
  );
  expect(await verifier.verify([A, B])).toBe('unequal');
  const found = await verifier.findings(ACCOUNT);
  expect(found).toHaveLength(11);
  expect(found.at(-1)).toBe('threads extra: 250');
});

test('a verification that is cancelled in the store ends within a batch', async () => {
  const verificationId = await verifier.ask(ACCOUNT);
  const environment = world.environment();
  let batches = 0;
  environment.on('heartbeat', () => {
    batches += 1;
    if (batches === 2)
      void world.query(`UPDATE carryover.verifications SET state = 'failed' WHERE state = 'running'`);
  });
  const turn = verifier.turn(verificationId, A);
  const { finished, halted } = await verifier.slices(turn, { maxSlices: 2, slicesAtOnce: 1 }, environment);
  expect({ finished, halted }).toEqual({ finished: false, halted: true });
});

test('an interrupted verification continues where it was, and finds the same', async () => {
  await world.query(`DELETE FROM messages WHERE source_id IN ('msg_02', 'msg_29')`);
  const verificationId = await verifier.ask(ACCOUNT);
  const turn = verifier.turn(verificationId, A);
  const compared = async () =>
    (
      await world.query<{ read: number }>(
        `SELECT coalesce(sum(batches), 0)::integer AS read FROM carryover.work WHERE pass <> 'copy'`,
      )
    )[0]?.read ?? 0;
  const environment = world.environment();
  let beats = 0;
  environment.on('heartbeat', () => {
    beats += 1;
    if (beats === 4) environment.cancel();
  });
  await expect(verifier.slices(turn, { maxSlices: 2, slicesAtOnce: 1 }, environment)).rejects.toThrow(
    CancelledFailure,
  );
  const half = await compared();
  expect(half).toBeGreaterThan(0);

  while (!(await verifier.slices(turn, { maxSlices: 2, slicesAtOnce: 1 })).finished);
  // The empty pages at the ends may be one more each.
  expect(await compared()).toBeLessThanOrEqual(Math.ceil(37 / 5) + 3);
  await verifier.finish(turn);
  await verifier.finish(turn);
  const other = verifier.turn(verificationId, B);
  await verifier.slices(other);
  await verifier.finish(other);
  expect(await verifier.end(ACCOUNT, verificationId)).toBe('unequal');
  expect(await verifier.findings(ACCOUNT)).toEqual(['messages missing msg_02', 'messages missing msg_29']);
});

test('an import that has not ended is not compared', async () => {
  await world.query(`UPDATE carryover.work SET done = false WHERE stage = 'messages' AND phase = 'remaining'
    AND unit_id = (SELECT unit_id FROM brands WHERE source_id = '${B}')`);
  expect(await verifier.verify([A, B])).toBe('unequal');
  expect(await verifier.findings(ACCOUNT)).toEqual([]);
  expect(await world.query('SELECT imported FROM carryover.verification_units ORDER BY unit_id')).toEqual([
    { imported: true },
    { imported: false },
  ]);
});

test('a brand whose check was unequal is checked again once it is repaired', async () => {
  await world.query(
    `UPDATE carryover.phases SET completed_at = NULL, checked = NULL WHERE phase = 'remaining'`,
  );
  await world.query(`DELETE FROM messages WHERE source_id = 'msg_07'`);
  await expect(world.complete(A, 'remaining')).rejects.toMatchObject({ type: 'CheckUnequal' });
  expect(await verifier.verify([A, B], true)).toBe('equal');
  expect(await world.complete(A, 'remaining')).toMatchObject({ tally: { quarantined: 5 } });
});

test('only a verification that finds all equal creates a certificate, and only if all messages are migrated', async () => {
  expect(await verifier.verify([A, B])).toBe('equal');
  expect(await readCertificate(world.pool, migrationOf(ACCOUNT))).toBeUndefined();
  await world.query(`UPDATE accounts SET migration = migration || '{"status": "all-messages-migrated"}'`);
  expect(await verifier.verify([A, B])).toBe('equal');
  const text = (await readCertificate(world.pool, migrationOf(ACCOUNT)))?.document ?? '';
  expect(JSON.parse(text)).toMatchObject({
    certificate: { account_id: ACCOUNT, made_after: 'verification' },
  });
  await world.query(`DELETE FROM messages WHERE source_id = 'msg_07'`);
  await verifier.verify([A, B]);
  expect(await readCertificate(world.pool, migrationOf(ACCOUNT))).toMatchObject({
    document: text,
    state: 'superseded',
    why: 'differences-found',
  });
});

test('a repair that quarantines a record again keeps its waiver, and one that imports it ends it', async () => {
  await world.query(
    `UPDATE quarantined_records SET waived_at = now(), waived_by = 'ann', waived_reason = 'old'
     WHERE source_id IN ('msg_up', 'msg_threadless', 'thr_bad')`,
  );
  await world.put('messages', [messageItem(A, 'thr_1', 'msg_up', at(5), { direction: 'down' })]);
  await world.put('threads', [threadItem(A, 'thr_gone'), threadItem(A, 'thr_bad', { kind: 'crow' })]);
  expect(await verifier.verify([A, B], true)).toBe('equal');
  const waived = await world.query<{ source_id: string }>(
    'SELECT source_id FROM quarantined_records WHERE waived_at IS NOT NULL ORDER BY source_id',
  );
  expect(waived.map((row) => row.source_id)).toEqual(['msg_up', 'thr_bad']);
  const [raw] = await world.query(
    `SELECT raw -> 'direction' ->> 'S' AS direction FROM quarantined_records WHERE source_id = 'msg_up'`,
  );
  expect(raw).toEqual({ direction: 'down' });
});

test('only a page is in memory: none is read before the previous one is committed', async () => {
  let [inFlight, most] = [0, 0];
  const { clients } = world.tables;
  const client = clients.messages;
  const watched = new Proxy(client, {
    get: (target, name) => {
      if (name !== 'send') return Reflect.get(target, name) as unknown;
      return async (...args: Parameters<typeof client.send>) => {
        const answer = (await (target.send(...args) as unknown as Promise<unknown>)) as { Items?: unknown[] };
        inFlight += answer.Items?.length ?? 0;
        most = Math.max(most, inFlight);
        return answer;
      };
    },
  });
  const environment = world.environment();
  // A sign of life after each batch; pages have five records, and one is read ahead.
  environment.on('heartbeat', () => (inFlight = Math.max(0, inFlight - 5)));
  const turn = verifier.turn(await verifier.ask(ACCOUNT), A);
  const sliced = new Verifier(
    Object.assign(Object.create(world) as ImportWorld, {
      tables: { ...world.tables, clients: { ...clients, messages: watched } },
    }),
  );
  await sliced.slices(turn, { slicesAtOnce: 1, maxSlices: 2 }, environment);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(4 * 5);
});
