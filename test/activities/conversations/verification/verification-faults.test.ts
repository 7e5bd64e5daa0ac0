import { describe, expect, test } from 'vitest';
import type { ImportWorld } from '../import/import-world.js';
import { A, ACCOUNT, at, B, forImportedAccount } from './verification-account.js';
import type { Verifier } from './verification-world.js';

let world: ImportWorld;
let verifier: Verifier;
forImportedAccount((...opened) => ([world, verifier] = opened));

const threadOf = (source: string) => `(SELECT thread_id FROM thread_sources WHERE source_id = '${source}')`;

interface Fault {
  readonly name: string;
  readonly sql: string;
  readonly named: readonly string[];
  /** What a repair does not fix, because it deletes nothing. */
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
      DELETE FROM carryover.superseded_copies`,
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
    sql: `UPDATE contacts SET name = 'Bob', source_name = 'Bob' WHERE identity = '+15550002222'`,
    named: ['threads different thr_1 contact_name'],
  },
  {
    name: 'a name of a contact whose threads have none',
    sql: `UPDATE contacts SET name = 'Bob', source_name = 'Bob' WHERE identity = 'visitor of thr_3'`,
    named: ['threads different thr_3 contact_name'],
  },
  {
    name: 'a thread lost whose messages stayed',
    sql: `WITH gone AS (DELETE FROM thread_sources WHERE source_id = 'thr_3' RETURNING thread_id)
      DELETE FROM message_threads WHERE id = (SELECT thread_id FROM gone)`,
    named: ['threads missing thr_3'],
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
    sql: `DELETE FROM quarantined_records WHERE source_id = 'msg_threadless'`,
    named: ['quarantined_records missing msg_threadless'],
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
    name: 'quarantined records under other names',
    sql: `UPDATE quarantined_records SET account_source_id = 'acc_2' WHERE source_id = 'msg_up';
      UPDATE quarantined_records SET source_key = source_key || 'x' WHERE source_id = 'msg_threadless';
      UPDATE quarantined_records SET source_id = 'msg_other', reason = 'x' WHERE source_id = 'msg_of_bad';
      UPDATE quarantined_records SET source_key = 'x/y', raw = '{}' WHERE source_id = 'thr_bad'`,
    named: [
      'quarantined_records different msg_of_bad source_id',
      'quarantined_records different msg_threadless key',
      'quarantined_records different msg_up account',
      'quarantined_records different thr_bad key raw',
    ],
  },
  {
    name: 'a record in quarantine that the source does not have',
    sql: `UPDATE quarantined_records SET source_key_hash = 'x', source_id = 'msg_no' WHERE source_id = 'msg_up'`,
    named: ['quarantined_records extra msg_no', 'quarantined_records missing msg_up'],
    left: ['quarantined_records extra msg_no'],
  },
  {
    name: 'a superseded copy that has changed since',
    sql: `UPDATE carryover.superseded_copies SET digest = digest + 1`,
    named: ['superseded_copies different msg_twice contents'],
  },
  {
    name: 'a superseded copy that is no longer recorded',
    sql: `DELETE FROM carryover.superseded_copies`,
    named: ['superseded_copies missing msg_twice'],
  },
];

describe.each(FAULTS)('$name', ({ sql, named, left = [] }) => {
  test('is reported, and nothing else', async () => {
    await world.query(sql);
    const before = await world.contents();
    expect(await verifier.verify([A, B])).toBe('unequal');
    expect(await verifier.findings(ACCOUNT)).toEqual(named);
    expect(await world.contents()).toEqual(before);
  });

  test('is repaired, unless that would delete something', async () => {
    const whole = await world.contents();
    await world.query(sql);
    expect(await verifier.verify([A, B], true)).toBe(left.length === 0 ? 'equal' : 'unequal');
    expect(await verifier.findings(ACCOUNT, 2)).toEqual(left);
    const expected = left.length === 0 ? whole : await world.contents();
    expect(await world.contents()).toEqual(expected);
  });
});
