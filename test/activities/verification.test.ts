import { CancelledFailure } from '@temporalio/activity';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCertificate } from '../../gateways/store/certificates.js';
import { ImportWorld, messageItem, threadItem } from './import-world.js';
import { Verifier } from './verification-world.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const ACCOUNT = 'acc_1';
const at = (day: number, hour = 12) => new Date(Date.UTC(2026, 9, day, hour)).toISOString();
const file = (id: string) => ({
  attachment_id: id,
  url: `http://files.example/${id}`,
  content_type: 'image/png',
});

let world: ImportWorld;
let verifier: Verifier;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: 5 });
  verifier = new Verifier(world);
  await world.account(ACCOUNT, A, B);
  const phone = { kind: 'sms', c1: '+15550001111', c2: '+15550002222' };
  await world.put('threads', [
    threadItem(A, 'thr_1', { ...phone, c2_name: 'Ann', status: 'closed' }),
    threadItem(A, 'thr_2', { ...phone, kind: 'void', status: 'archived' }),
    threadItem(A, 'thr_3'),
    threadItem(A, 'thr_bad', { kind: 'pigeon' }),
    threadItem(B, 'thr_4'),
  ]);
  const many = Array.from({ length: 30 }, (_, n) =>
    messageItem(A, `thr_${1 + (n % 3)}`, `msg_${String(n).padStart(2, '0')}`, at(1 + (n % 28), n % 24)),
  );
  await world.put('messages', [
    ...many,
    messageItem(A, 'thr_1', 'msg_files', at(3), { attachments: [file('file_1'), file('file_2')] }),
    messageItem(A, 'thr_1', 'msg_twice', at(4)),
    messageItem(A, 'thr_3', 'msg_twice', at(6)),
    messageItem(A, 'thr_1', 'msg_up', at(5), { direction: 'up' }),
    messageItem(A, 'thr_gone', 'msg_homeless', at(7)),
    messageItem(A, 'thr_2', 'msg_foreign', at(8), { account_id: 'acc_9' }),
    messageItem(A, 'thr_bad', 'msg_of_bad', at(9)),
    messageItem(B, 'thr_4', 'msg_b', at(10)),
  ]);
  await world.migrate([A, B]);
});

afterEach(async () => {
  await verifier.close();
  await world.close();
});

const threadOf = (source: string) => `(SELECT thread_id FROM thread_sources WHERE source_id = '${source}')`;

test('what was imported is found equal, and nothing of the comparison is left behind', async () => {
  const before = await world.contents();
  expect(await verifier.verify([A, B])).toBe('equal');
  expect(await verifier.findings(ACCOUNT)).toEqual([]);
  expect(await world.contents()).toEqual(before);
  expect(await world.query('SELECT FROM verification_marks')).toEqual([]);
  expect(await world.query(`SELECT FROM import_slices WHERE phase LIKE 'verify%'`)).toEqual([]);
});

interface Fault {
  readonly name: string;
  readonly sql: string;
  readonly named: readonly string[];
  /** What a repair cannot mend, since it takes nothing away. */
  readonly left?: readonly string[];
}

const FAULTS: readonly Fault[] = [
  {
    name: 'one message removed',
    sql: `DELETE FROM messages WHERE source_id = 'msg_07'`,
    named: ['messages missing msg_07'],
  },
  {
    name: 'one message removed whose attachments stayed',
    sql: `DELETE FROM messages WHERE source_id = 'msg_files'`,
    named: ['messages missing msg_files'],
  },
  {
    name: 'one message removed and its thread counted again',
    sql: `DELETE FROM messages WHERE source_id = 'msg_07';
      UPDATE message_threads t SET message_count = message_count - 1 WHERE id = ${threadOf('thr_2')}`,
    named: ['messages missing msg_07'],
  },
  {
    name: 'one message doubled under another id',
    sql: `INSERT INTO messages (thread_id, source_id, direction, kind, author, body, sent_at, source_key, source_thread_id)
      SELECT thread_id, 'msg_07_again', direction, kind, author, body, sent_at, source_key, source_thread_id
      FROM messages WHERE source_id = 'msg_07'`,
    named: ['messages extra msg_07_again'],
    left: ['messages extra msg_07_again'],
  },
  {
    name: 'one character changed',
    sql: `UPDATE messages SET body = overlay(body PLACING 'x' FROM 2) WHERE source_id = 'msg_07'`,
    named: ['messages different msg_07 body'],
  },
  {
    name: 'a message in a wrong thread',
    sql: `UPDATE messages SET thread_id = ${threadOf('thr_3')} WHERE source_id = 'msg_07'`,
    named: ['messages different msg_07 thread'],
  },
  {
    name: 'a copy that should not have won',
    sql: `UPDATE messages SET source_key = '${at(6)}#msg_twice', source_thread_id = 'thr_3', sent_at = '${at(6)}',
        thread_id = ${threadOf('thr_3')} WHERE source_id = 'msg_twice';
      DELETE FROM superseded_copies`,
    named: ['messages different msg_twice copy'],
  },
  {
    name: 'one thread split',
    sql: `WITH made AS (
        INSERT INTO message_threads (brand_id, contact_id, pair_key, c1, c2, status)
        SELECT brand_id, contact_id, 'split', c1, c2, 'archived' FROM message_threads WHERE id = ${threadOf('thr_2')}
        RETURNING id
      ), moved AS (UPDATE messages SET thread_id = (SELECT id FROM made) WHERE source_thread_id = 'thr_2')
      UPDATE thread_sources SET thread_id = (SELECT id FROM made) WHERE source_id = 'thr_2'`,
    named: ['threads different thr_2 thread'],
  },
  {
    name: 'one thread split and its messages left',
    sql: `WITH made AS (
        INSERT INTO message_threads (brand_id, contact_id, pair_key, c1, c2, status)
        SELECT brand_id, contact_id, 'split', c1, c2, 'archived' FROM message_threads WHERE id = ${threadOf('thr_2')}
        RETURNING id
      ) UPDATE thread_sources SET thread_id = (SELECT id FROM made) WHERE source_id = 'thr_2'`,
    named: ['threads different thr_2 thread'],
  },
  {
    name: 'two threads merged',
    sql: `UPDATE messages SET thread_id = ${threadOf('thr_1')} WHERE source_thread_id = 'thr_3';
      UPDATE thread_sources SET thread_id = ${threadOf('thr_1')} WHERE source_id = 'thr_3'`,
    named: ['threads different thr_3 c1 c2 thread contact'],
  },
  {
    name: 'a wrong status of a thread',
    sql: `UPDATE message_threads SET status = 'open' WHERE id = ${threadOf('thr_1')}`,
    named: ['threads different thr_1 status'],
  },
  {
    name: 'a wrong status of a source thread',
    sql: `UPDATE thread_sources SET status = 'open' WHERE source_id = 'thr_2'`,
    named: ['threads different thr_2 status'],
  },
  {
    name: 'a wrong number of messages',
    sql: `UPDATE message_threads SET message_count = message_count + 1 WHERE id = ${threadOf('thr_3')}`,
    named: ['threads different thr_3 message_count'],
  },
  {
    name: 'a wrong time of the last message',
    sql: `UPDATE message_threads SET last_message_at = now() WHERE id = ${threadOf('thr_3')}`,
    named: ['threads different thr_3 last_message_at'],
  },
  {
    name: 'a thread whose source was lost',
    sql: `DELETE FROM thread_sources WHERE source_id = 'thr_3'`,
    named: ['threads missing thr_3'],
  },
  {
    name: 'another name of a contact',
    sql: `UPDATE contacts SET name = 'Bob' WHERE identity = '+15550002222'`,
    named: ['threads different thr_1 contact_name'],
  },
  {
    name: 'a lost attachment',
    sql: `DELETE FROM attachments WHERE source_id = 'file_2'`,
    named: ['attachments missing file_2'],
  },
  {
    name: 'an attachment with another address',
    sql: `UPDATE attachments SET source_url = 'http://files.example/other' WHERE source_id = 'file_2'`,
    named: ['attachments different file_2 url'],
  },
  {
    name: 'an attachment of no message',
    sql: `INSERT INTO attachments (message_id, brand_id, source_id, source_url)
      SELECT 0, id, 'file_9', 'http://files.example/9' FROM brands WHERE source_id = '${A}'`,
    named: ['attachments extra file_9'],
  },
  {
    name: 'a quarantined message removed',
    sql: `DELETE FROM quarantined_records WHERE source_id = 'msg_up'`,
    named: ['quarantined_records missing msg_up'],
  },
  {
    name: 'a quarantined message without a thread removed',
    sql: `DELETE FROM quarantined_records WHERE source_id = 'msg_homeless'`,
    named: ['quarantined_records missing msg_homeless'],
  },
  {
    name: 'a quarantined thread removed',
    sql: `DELETE FROM quarantined_records WHERE source_id = 'thr_bad'`,
    named: ['quarantined_records missing thr_bad'],
  },
  {
    name: 'a quarantined record changed',
    sql: `UPDATE quarantined_records SET raw = raw || '{"more": {"S": "x"}}' WHERE source_id = 'msg_up'`,
    named: ['quarantined_records different msg_up raw'],
  },
  {
    name: 'a record in quarantine that the source does not have',
    sql: `UPDATE quarantined_records SET source_key_hash = 'x', source_id = 'msg_no' WHERE source_id = 'msg_up'`,
    named: ['quarantined_records extra msg_no', 'quarantined_records missing msg_up'],
    left: ['quarantined_records extra msg_no'],
  },
  {
    name: 'a superseded copy that the books forgot',
    sql: `DELETE FROM superseded_copies`,
    named: ['superseded_copies missing msg_twice'],
  },
];

describe.each(FAULTS)('$name', ({ sql, named, left = [] }) => {
  test('is named, and nothing else', async () => {
    await world.query(sql);
    const before = await world.contents();
    expect(await verifier.verify([A, B])).toBe('unequal');
    expect(await verifier.findings(ACCOUNT)).toEqual(named);
    expect(await world.contents()).toEqual(before);
  });

  test('is repaired, as far as nothing has to be taken away', async () => {
    const whole = await world.contents();
    await world.query(sql);
    expect(await verifier.verify([A, B], true)).toBe(left.length === 0 ? 'equal' : 'unequal');
    expect(await verifier.findings(ACCOUNT, 2)).toEqual(left);
    const mended = left.length === 0 ? whole : await world.contents();
    expect(await world.contents()).toEqual(mended);
  });
});

describe('a source in use', () => {
  const now = () => new Date().toISOString();

  test('has new records, which are no fault; a repair takes them too', async () => {
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

  test('has changed: what is there now counts, and a repair takes it over', async () => {
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

test('of many differences ten samples are kept, the smallest ids, and all are counted', async () => {
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

test('one that is cancelled in the store ends within a batch', async () => {
  const verificationId = await verifier.ask(ACCOUNT);
  const environment = world.environment();
  let batches = 0;
  environment.on('heartbeat', () => {
    batches += 1;
    if (batches === 2) void world.query(`UPDATE verifications SET state = 'failed' WHERE state = 'running'`);
  });
  const turn = verifier.turn(verificationId, A);
  const { finished, halted } = await verifier.slices(turn, { maxSlices: 2, slicesAtOnce: 1 }, environment);
  expect({ finished, halted }).toEqual({ finished: false, halted: true });
});

test('a verification that is broken off goes on where it was, and finds the same', async () => {
  await world.query(`DELETE FROM messages WHERE source_id IN ('msg_02', 'msg_29')`);
  const verificationId = await verifier.ask(ACCOUNT);
  const turn = verifier.turn(verificationId, A);
  const compared = async () =>
    (
      await world.query<{ read: number }>(
        `SELECT coalesce(sum(batches), 0)::integer AS read FROM import_slices WHERE phase LIKE 'verify%'`,
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

test('an import that is not at its end has nothing to compare', async () => {
  await world.query(`UPDATE import_slices SET done = false WHERE source = 'messages' AND phase = 'remaining'
    AND brand_id = (SELECT id FROM brands WHERE source_id = '${B}')`);
  expect(await verifier.verify([A, B])).toBe('unequal');
  expect(await verifier.findings(ACCOUNT)).toEqual([]);
  expect(await world.query('SELECT imported FROM verification_brands ORDER BY brand_id')).toEqual([
    { imported: true },
    { imported: false },
  ]);
});

test('a brand whose own check was unequal is checked once it is repaired', async () => {
  await world.query(`UPDATE import_phases SET completed_at = NULL, checked = NULL WHERE phase = 'remaining'`);
  await world.query(`DELETE FROM messages WHERE source_id = 'msg_07'`);
  await expect(world.complete(A, 'remaining')).rejects.toMatchObject({ type: 'CheckUnequal' });
  expect(await verifier.verify([A, B], true)).toBe('equal');
  expect(await world.complete(A, 'remaining')).toMatchObject({ quarantined: 5 });
});

test('only one that finds all equal gives a certificate, and only where all messages are migrated', async () => {
  expect(await verifier.verify([A, B])).toBe('equal');
  expect(await readCertificate(world.pool, ACCOUNT)).toBeUndefined();
  await world.query(`UPDATE accounts SET migration = migration || '{"status": "all-messages-migrated"}'`);
  expect(await verifier.verify([A, B])).toBe('equal');
  const text = (await readCertificate(world.pool, ACCOUNT)) ?? '';
  expect(JSON.parse(text)).toMatchObject({
    certificate: { account_id: ACCOUNT, made_after: 'verification' },
  });
  await world.query(`DELETE FROM messages WHERE source_id = 'msg_07'`);
  await verifier.verify([A, B]);
  expect(await readCertificate(world.pool, ACCOUNT)).toBe(text);
});

test('a page is all that is in memory of an account: none is read before the one before it is committed', async () => {
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
  await sliced.close();
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(4 * 5);
});
