import { afterEach, beforeEach, expect, test } from 'vitest';
import { endOf } from '../../../gateways/chatwoot/migrations.js';
import { BatchTooLong } from '../../../gateways/chatwoot/move/bounded.js';
import { runBatch } from '../../../gateways/chatwoot/move/batch.js';
import { finishTails } from '../../../gateways/chatwoot/move/tails.js';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { ChatwootRows } from '../../support/chatwoot-rows.js';
import { brokenRules, finish, migrationOf, queueMove, queueReverse } from '../../support/inbox-moves.js';

let database: ChatwootDatabase;
let rows: ChatwootRows;
beforeEach(async () => {
  database = await chatwootDatabase();
  rows = new ChatwootRows(database.pool);
  await rows.business();
});
afterEach(() => database.drop());

const LIMITS = { conversations: 500, messages: 5_000 };
const stage = async (id: string) => (await migrationOf(database.pool, id))['stage'];

/** Runs batches one by one; `between` is called after each. */
async function stepwise(
  id: string,
  between: (batch: number) => Promise<void>,
  limits = LIMITS,
): Promise<void> {
  for (let batch = 1; (await stage(id)) !== 'done'; batch += 1) {
    await runBatch(database.pool, id, limits, {
      fence: { slice: `test-${id}`, lease: '1', batch },
      note: '',
    });
    await between(batch);
  }
}

test('rows that are added under the old inbox between two batches move too, and people who write to the destination stay the same person', async () => {
  // One after the other: contacts are moved in the order of their ids.
  const people: string[] = [];
  for (let n = 0; n < 4; n += 1) people.push(await rows.contact());
  const boxes: string[] = [];
  const talks: string[] = [];
  for (const [n, contact] of people.entries()) {
    boxes.push(await rows.box(1, contact, `1555000000${n}`));
    talks.push(await rows.talk(1, contact, boxes[n]!));
  }
  const id = await queueMove(database.pool);
  const late: string[] = [];
  let newcomer = '';
  await stepwise(
    id,
    async (batch) => {
      if (batch === 2) {
        // The first is moved. Its inbound job still names the source; and a second thread begins there.
        expect(await rows.row('conversations', talks[0]!)).toMatchObject({ inbox_id: 2 });
        await rows.messages(talks[0]!, 1, people[0]!);
        await rows.add('reporting_events', {
          ...{ name: 'first_response', value: 1, account_id: 1, inbox_id: 1, conversation_id: talks[0] },
          ...{ created_at: 'now', updated_at: 'now' },
        });
        const again = await rows.box(1, people[0]!, '15550000000');
        late.push(await rows.talk(1, people[0]!, again, 2));
        // The last person writes to the new number first, where Chatwoot creates another contact for them.
        newcomer = await rows.contact({ name: 'Newcomer' });
        await rows.talk(2, newcomer, await rows.box(2, newcomer, 'whatsapp:+15550000003'));
      }
    },
    { conversations: 1, messages: 5_000 },
  );
  expect(await migrationOf(database.pool, id)).toMatchObject({
    ...{
      status: 'completed',
      conversations_moved: '5',
      conversations_count: '5',
      messages_moved: '7',
      messages_count: '7',
    },
    contacts_merged: '1',
  });
  expect(await brokenRules(database.pool)).toEqual([]);
  expect(await rows.row('conversations', late[0]!)).toMatchObject({
    inbox_id: 2,
    contact_inbox_id: boxes[0],
  });
  expect(await rows.row('conversations', talks[3]!)).toMatchObject({ contact_id: newcomer });
  const left = await database.pool.query('SELECT FROM contact_inboxes WHERE inbox_id = 1');
  expect(left.rowCount).toBe(0);
});

test('a large conversation changes its row and its newest messages together, the older ones follow, and a reverse does the same', async () => {
  const contact = await rows.contact();
  const box = await rows.box(1, contact, '15551112222');
  const talk = await rows.talk(1, contact, box, 7_000);
  const id = await queueMove(database.pool);
  const seen: object[] = [];
  await stepwise(
    id,
    async () => {
      const { inbox_id } = await rows.row('conversations', talk);
      const { rows: newest } = await database.pool.query<{ inbox_id: number }>(
        'SELECT inbox_id FROM messages WHERE conversation_id = $1 ORDER BY id DESC LIMIT 1',
        [talk],
      );
      expect(newest[0]!.inbox_id).toBe(inbox_id);
      seen.push(await rows.messagesBy(talk));
    },
    { conversations: 10, messages: 1_500 },
  );
  expect(seen.slice(0, 6)).toEqual([
    { 1: 7_000 },
    { 1: 5_500, 2: 1_500 },
    { 1: 4_000, 2: 3_000 },
    { 1: 2_500, 2: 4_500 },
    { 1: 1_000, 2: 6_000 },
    { 2: 7_000 },
  ]);
  expect(await migrationOf(database.pool, id)).toMatchObject({
    status: 'completed',
    messages_moved: '7000',
    messages_count: '7000',
  });
  await finish(database.pool, await queueReverse(database.pool, id), { conversations: 10, messages: 1_500 });
  expect(await rows.messagesBy(talk)).toEqual({ 1: 7_000 });
});

test('a contact with more conversations than fit a batch moves in several, and always has a contact inbox where a conversation is', async () => {
  const gone = await rows.contact();
  const kept = await rows.contact();
  await rows.box(2, kept, 'whatsapp:+15550000001');
  const alone = await rows.contact();
  const talks: string[] = [];
  for (const [contact, number] of [
    [gone, '15550000001'],
    [alone, '15550000002'],
  ] as const) {
    const box = await rows.box(1, contact, number);
    for (let n = 0; n < 7; n += 1) talks.push(await rows.talk(1, contact, box, 2));
  }
  const id = await queueMove(database.pool);
  await stepwise(
    id,
    async () => {
      const { rows: broken } = await database.pool.query(
        `SELECT c.id FROM conversations c LEFT JOIN contact_inboxes b ON b.id = c.contact_inbox_id
         WHERE b.inbox_id IS DISTINCT FROM c.inbox_id OR b.contact_id IS DISTINCT FROM c.contact_id
           OR EXISTS (SELECT FROM messages m WHERE m.conversation_id = c.id AND (m.inbox_id <> c.inbox_id OR m.sender_id <> c.contact_id))`,
      );
      expect(broken).toEqual([]);
    },
    { conversations: 3, messages: 5_000 },
  );
  expect(await migrationOf(database.pool, id)).toMatchObject({
    ...{ status: 'completed', conversations_moved: '14', contact_inboxes_moved: '2', contacts_merged: '1' },
  });
  expect((await database.pool.query('SELECT FROM conversations WHERE inbox_id = 2')).rowCount).toBe(
    talks.length,
  );
  await finish(database.pool, await queueReverse(database.pool, id));
  expect((await database.pool.query('SELECT FROM conversations WHERE inbox_id = 1')).rowCount).toBe(
    talks.length,
  );
  expect((await database.pool.query('SELECT FROM contact_inboxes WHERE inbox_id = 2')).rowCount).toBe(1);
});

test('a repeated batch changes nothing, and neither does one of an older owner or of a cancelled migration', async () => {
  const contact = await rows.contact();
  const talk = await rows.talk(1, contact, await rows.box(1, contact, '15551112222'));
  const id = await queueMove(database.pool);
  const run = (lease: string, batch: number) =>
    runBatch(database.pool, id, LIMITS, { fence: { slice: 's', lease, batch }, note: `note of ${batch}` });
  expect((await run('2', 1)).verdict).toBe('apply');
  expect(await run('2', 1)).toMatchObject({ verdict: 'repeated', note: 'note of 1' });
  expect((await run('1', 2)).verdict).toBe('refused');
  await database.pool.query(`UPDATE carryover.inbox_migrations SET status = 'cancelled' WHERE id = $1`, [id]);
  expect((await run('2', 2)).verdict).toBe('apply');
  expect(await rows.row('conversations', talk)).toMatchObject({ inbox_id: 1 });
});

test('a batch that holds its locks for too long is rolled back, and a single conversation has no limit', async () => {
  const contact = await rows.contact();
  const box = await rows.box(1, contact, '15551112222');
  const talks = [await rows.talk(1, contact, box, 2_000), await rows.talk(1, contact, box, 2_000)];
  const id = await queueMove(database.pool);
  const run = (batch: number, conversations: number) =>
    runBatch(
      database.pool,
      id,
      { conversations, messages: 5_000, lockMs: 1 },
      { fence: { slice: 's', lease: '1', batch }, note: '' },
    );
  await run(1, 2);
  await expect(run(2, 2)).rejects.toBeInstanceOf(BatchTooLong);
  for (const talk of talks) expect(await rows.messagesBy(talk)).toEqual({ 1: 2_000 });
  await run(2, 1);
  expect(await rows.messagesBy(talks[0]!)).toEqual({ 2: 2_000 });
});

test('the older messages of a large conversation follow when the move is cancelled in between', async () => {
  const contact = await rows.contact();
  const talk = await rows.talk(1, contact, await rows.box(1, contact, '15551112222'), 7_000);
  const id = await queueMove(database.pool);
  for (let batch = 1; (await rows.messagesBy(talk))[2] === undefined; batch += 1)
    await runBatch(database.pool, id, LIMITS, { fence: { slice: 's', lease: '1', batch }, note: '' });
  expect(await rows.messagesBy(talk)).toEqual({ 1: 2_000, 2: 5_000 });
  await endOf(database.pool, id, 'cancelled');
  await finishTails(database.pool);
  expect(await rows.messagesBy(talk)).toEqual({ 2: 7_000 });
  await finishTails(database.pool);
  expect(await migrationOf(database.pool, id)).toMatchObject({ status: 'cancelled', messages_moved: '7000' });
});

test('rows that are added during a reverse follow their conversation, and rows that had named the other inbox before name it again', async () => {
  const contact = await rows.contact();
  const talk = await rows.talk(1, contact, await rows.box(1, contact, '15550000001'));
  const event = (inbox: number) =>
    rows.add('reporting_events', {
      ...{ name: 'first_response', value: 1, account_id: 1, inbox_id: inbox, conversation_id: talk },
      ...{ created_at: 'now', updated_at: 'now' },
    });
  const early = await event(2);
  const id = await queueMove(database.pool);
  await finish(database.pool, id);
  const reverse = await queueReverse(database.pool, id);
  let late = '';
  await stepwise(reverse, async (batch) => {
    if (batch !== 1) return;
    // Its conversation has gone back; the jobs that write these had read it before.
    await rows.messages(talk, 2, contact);
    late = await event(2);
  });
  const { rows: held } = await database.pool.query<{ inbox_id: number }>('SELECT inbox_id FROM messages');
  expect(held).toEqual([{ inbox_id: 1 }, { inbox_id: 1 }]);
  expect(await rows.row('reporting_events', early)).toMatchObject({ inbox_id: 2 });
  expect(await rows.row('reporting_events', late)).toMatchObject({ inbox_id: 1 });
  expect(await migrationOf(database.pool, reverse)).toMatchObject({
    messages_moved: '2',
    messages_count: '2',
  });
});
