import { afterAll, describe, expect, test } from 'vitest';
import type { InboxType } from '../../../domain/inbox/inbox-type.js';
import { type ChatwootDatabase, chatwootDatabase, rowsOf } from '../../support/chatwoot.js';
import { brokenRules, finish, migrationOf, queueMove, queueReverse } from '../../support/inbox-moves.js';

const opened: ChatwootDatabase[] = [];
afterAll(() => Promise.all(opened.map((each) => each.drop())));

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
    const before = await rowsOf(pool);
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

    await finish(pool, await queueReverse(pool, id));
    const after = await rowsOf(pool);
    for (const [table, rows] of Object.entries(before)) expect(after[table], table).toEqual(rows);
  });
});
