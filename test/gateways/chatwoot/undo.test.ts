import type pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import type { InboxType } from '../../../domain/inbox/inbox-type.js';
import { runBatch } from '../../../gateways/chatwoot/move/batch.js';
import { BatchTooLong } from '../../../gateways/chatwoot/move/bounded.js';
import { type ChatwootDatabase, chatwootDatabase, rowsOf } from '../../support/chatwoot.js';
import { ChatwootRows } from '../../support/chatwoot-rows.js';
import { remember } from '../../support/inbox-contract.js';
import { finish, migrationOf, queueMove, queueReverse } from '../../support/inbox-moves.js';

const opened: ChatwootDatabase[] = [];
afterAll(() => Promise.all(opened.map((each) => each.drop())));

/** Finds violations of the invariants between two parts of a reverse, among the conversations that it takes back. Keyed by the violation. */
const BETWEEN: Readonly<Record<string, string>> = {
  'a conversation of the destination has a contact inbox of another inbox or contact': `
    SELECT c.id FROM moved v JOIN conversations c USING (id) JOIN contacts p ON p.id = c.contact_id LEFT JOIN contact_inboxes b ON b.id = c.contact_inbox_id
    WHERE c.inbox_id = 2 AND (b.inbox_id IS DISTINCT FROM 2 OR b.contact_id IS DISTINCT FROM c.contact_id)`,
  'a conversation of the source is not as it was': `
    SELECT c.id FROM moved v JOIN conversations c USING (id) JOIN before.conversations b USING (id)
    WHERE c.inbox_id = 1 AND (c.contact_id, c.contact_inbox_id) IS DISTINCT FROM (b.contact_id, b.contact_inbox_id)`,
  'its contact inbox is not as it was': `
    SELECT c.id FROM moved v JOIN conversations c USING (id) JOIN contact_inboxes b ON b.id = c.contact_inbox_id JOIN before.contact_inboxes w ON w.id = b.id
    WHERE c.inbox_id = 1 AND w.inbox_id = 1 AND to_jsonb(b) <> to_jsonb(w)`,
  'a message names another inbox than its conversation': `
    SELECT m.id FROM moved v JOIN conversations c USING (id) JOIN messages m ON m.conversation_id = c.id JOIN before.messages w ON w.id = m.id
    WHERE m.inbox_id <> CASE WHEN c.inbox_id = 2 THEN 2 ELSE w.inbox_id END`,
  'something names a contact that is not there': `
    SELECT c.id FROM conversations c JOIN moved v USING (id) JOIN before.contacts b ON b.id = c.contact_id WHERE c.contact_id NOT IN (SELECT id FROM contacts)`,
};

async function brokenBetween(pool: pg.Pool, id: string): Promise<string[]> {
  const broken: string[] = [];
  for (const [what, query] of Object.entries(BETWEEN)) {
    const { rows } = await pool.query(
      `WITH moved AS (SELECT conversation_id AS id FROM carryover.inbox_moved WHERE migration_id = $1) ${query} LIMIT 3`,
      [id],
    );
    if (rows.length > 0) broken.push(`${what}: ${JSON.stringify(rows)}`);
  }
  return broken;
}

const updated = async (pool: pg.Pool, id: string): Promise<number> => {
  const { rows } = await pool.query<{ updated: number }>(
    `SELECT updated::integer FROM carryover.inbox_writes WHERE migration_id = $1 AND relation = 'messages'`,
    [id],
  );
  return rows[0]?.updated ?? 0;
};

const WORLDS: readonly (readonly [number, InboxType, InboxType])[] = [
  [11, 'evolution', 'cloud'],
  [12, 'twilio', 'evolution'],
  [13, 'evolution', 'evolution'],
];

test.each(WORLDS)(
  'seed %i, %s to %s: batches that are too large are undone in parts, each of which leaves everything in order',
  async (seed, source, destination) => {
    const database = await chatwootDatabase({ seed, contacts: 90, source, destination });
    opened.push(database);
    const { pool } = database;
    const { audits: _audits, ...before } = await rowsOf(pool);
    await remember(pool);
    const id = await queueMove(pool, { assignees: 'add-to-inbox', possible_matches: 'merge' });
    const batches = await finish(pool, id);
    expect(batches).toBeLessThan(10);
    const { rows } = await pool.query<{ most: number }>(
      `SELECT max(n)::integer AS most FROM (SELECT count(*) AS n FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.inbox_id = 2 GROUP BY c.contact_id) AS each`,
    );
    const reverse = await queueReverse(pool, id);
    const limits = { conversations: 500, messages: 40 };
    const largest: number[] = [];
    let parts = 0;
    for (; (await migrationOf(pool, reverse))['status'] !== 'completed'; parts += 1) {
      const fenced = { fence: { slice: 'parts', lease: '1', batch: parts + 1 }, note: '' };
      const at = await updated(pool, reverse);
      // First with a limit that larger parts exceed: they are rolled back and repeated.
      await runBatch(pool, reverse, { ...limits, lockMs: 1 }, fenced).catch((error: unknown) => {
        if (!(error instanceof BatchTooLong)) throw error;
      });
      await runBatch(pool, reverse, limits, fenced);
      largest.push((await updated(pool, reverse)) - at);
      expect(await brokenBetween(pool, id), `after part ${parts + 1}`).toEqual([]);
    }
    expect(parts).toBeGreaterThan(3 * batches);
    // A message of a merged contact is written twice: its inbox and its sender go back.
    expect(Math.max(...largest)).toBeLessThanOrEqual(2 * Math.max(limits.messages, rows[0]!.most));
    const after = await rowsOf(pool);
    for (const [table, held] of Object.entries(before)) expect(after[table], table).toEqual(held);
    const [moved, back] = [await migrationOf(pool, id), await migrationOf(pool, reverse)];
    for (const of of ['conversations', 'messages', 'attachments', 'contact_inboxes'])
      expect(back[`${of}_moved`], of).toBe(moved[`${of}_moved`]);
  },
);

test('a part that holds its locks for too long is rolled back, and conversations of one contact inbox have no limit', async () => {
  const database = await chatwootDatabase();
  opened.push(database);
  const rows = new ChatwootRows(database.pool);
  await rows.business();
  const talks: string[] = [];
  for (const n of [1, 2]) {
    const contact = await rows.contact();
    talks.push(await rows.talk(1, contact, await rows.box(1, contact, `1555000000${n}`), 2_000));
  }
  const id = await queueMove(database.pool);
  await finish(database.pool, id);
  const reverse = await queueReverse(database.pool, id);
  const run = (conversations: number) =>
    runBatch(
      database.pool,
      reverse,
      { conversations, messages: 5_000, lockMs: 1 },
      { fence: { slice: 's', lease: '1', batch: 1 }, note: '' },
    );
  await expect(run(2)).rejects.toBeInstanceOf(BatchTooLong);
  for (const talk of talks) expect(await rows.messagesBy(talk)).toEqual({ 2: 2_000 });
  await run(1);
  expect(await rows.messagesBy(talks[0]!)).toEqual({ 1: 2_000 });
  expect(await rows.messagesBy(talks[1]!)).toEqual({ 2: 2_000 });
});
