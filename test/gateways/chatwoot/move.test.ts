import { afterAll, describe, expect, test } from 'vitest';
import type pg from 'pg';
import { SAMPLE } from '../../../dev/sample/chatwoot/generate.js';
import type { InboxType } from '../../../domain/inbox/inbox-type.js';
import { cancelMigration, queueReverse } from '../../../gateways/chatwoot/requests.js';
import { type ChatwootDatabase, chatwootDatabase, rowsOf } from '../../support/chatwoot.js';
import { brokenRules, finish, migrationOf, queueMove } from '../../support/inbox-moves.js';

const opened: ChatwootDatabase[] = [];
afterAll(() => Promise.all(opened.map((each) => each.drop())));

const asked = (id: string) => ({ accountId: SAMPLE.account, source: SAMPLE.source, userId: null, id });
async function reverse(pool: pg.Pool, id: string): Promise<string> {
  const queued = await queueReverse(pool, asked(id));
  if (typeof queued === 'string') return queued;
  throw new Error(queued.message);
}

const PAIRS: readonly (readonly [InboxType, InboxType])[] = [
  ['evolution', 'cloud'],
  ['evolution', 'evolution'],
  ['cloud', 'twilio'],
  ['twilio', 'evolution'],
];

describe.each(PAIRS)('a move from %s to %s', (source, destination) => {
  test('takes every conversation with all that hangs off it, and its reverse restores every row', async () => {
    const database = await chatwootDatabase({ seed: 7, contacts: 150, source, destination });
    opened.push(database);
    const { pool } = database;
    // Chatwoot's audit says who asked for what.
    const { audits: _audits, ...before } = await rowsOf(pool);
    const id = await queueMove(pool);
    await finish(pool, id, { conversations: 40, messages: 300 });
    const moved = await migrationOf(pool, id);
    // The first round moves everything, and the second finds nothing.
    expect(moved).toMatchObject({ status: 'completed', round: 2 });
    expect(Number(moved.conversations_moved)).toBeGreaterThan(100);
    for (const of of ['conversations', 'messages', 'attachments', 'contact_inboxes'])
      expect(moved[`${of}_moved`], of).toBe(moved[`${of}_count`]);
    expect(await brokenRules(pool)).toEqual([]);

    const again = await queueMove(pool);
    await finish(pool, again);
    expect(await migrationOf(pool, again)).toMatchObject({ status: 'completed', conversations_moved: '0' });

    // It is cancelled in between, and requested again.
    const cancelled = await reverse(pool, id);
    await finish(pool, cancelled, undefined, 4);
    const of = { accountId: SAMPLE.account, source: SAMPLE.destination, userId: null };
    expect(await cancelMigration(pool, { ...of, id: cancelled })).toBeUndefined();
    const last = await reverse(pool, id);
    await finish(pool, last);
    const [some, others] = [await migrationOf(pool, cancelled), await migrationOf(pool, last)];
    expect(Number(some['conversations_moved'])).toBeGreaterThan(0);
    for (const of of ['conversations', 'messages'])
      expect(Number(some[`${of}_moved`]) + Number(others[`${of}_moved`]), of).toBe(
        Number(moved[`${of}_moved`]),
      );
    expect(await queueReverse(pool, asked(id))).toMatchObject({ refused: 'ended' });
    const after = await rowsOf(pool);
    for (const [table, rows] of Object.entries(before)) expect(after[table], table).toEqual(rows);
  });
});
