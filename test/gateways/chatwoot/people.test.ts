import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { ChatwootRows } from '../../support/chatwoot-rows.js';
import { finish, migrationOf, queueMove, queueReverse } from '../../support/inbox-moves.js';

let database: ChatwootDatabase;
let rows: ChatwootRows;
beforeEach(async () => {
  database = await chatwootDatabase();
  rows = new ChatwootRows(database.pool);
  await rows.business();
});
afterEach(() => database.drop());

const move = async (options: Record<string, string> = {}): Promise<string> => {
  const id = await queueMove(database.pool, options);
  await finish(database.pool, id);
  return id;
};

test('a contact that the destination knows as another is merged into that one, with everything that names it', async () => {
  const company = await rows.add('companies', {
    name: 'Mill',
    account_id: 1,
    contacts_count: 2,
    created_at: 'now',
    updated_at: 'now',
  });
  const gone = await rows.contact({
    ...{
      name: 'Ana Souza',
      email: 'ana@example.com',
      phone_number: '+15551112222',
      company_id: company,
      blocked: true,
    },
    custom_attributes: { plan: 'gold', address: { zip: '1', city: 'Recife' } },
  });
  const kept = await rows.contact({
    ...{ name: ' ', email: '', phone_number: '+15551112222', company_id: company, middle_name: 'Maria' },
    custom_attributes: { plan: 'silver', address: { zip: '2' } },
  });
  const box = await rows.box(1, gone, '15551112222', { hmac_verified: true });
  const held = await rows.box(2, kept, 'whatsapp:+15551112222');
  const web = await rows.box(3, gone, 'web');
  const talk = await rows.talk(1, gone, box, 2);
  const elsewhere = await rows.talk(3, gone, web);
  const note = await rows.add('notes', {
    content: 'Pays late',
    account_id: 1,
    contact_id: gone,
    created_at: 'now',
    updated_at: 'now',
  });
  const call = await rows.add('calls', {
    ...{
      account_id: 1,
      inbox_id: 1,
      conversation_id: talk,
      contact_id: gone,
      provider_call_id: 'c1',
      direction: 0,
    },
    ...{ created_at: 'now', updated_at: 'now' },
  });
  for (const [id, labels] of [
    [gone, ['vip', 'late']],
    [kept, ['vip']],
  ] as const)
    for (const label of labels) {
      await database.pool.query(
        'INSERT INTO tags (name, taggings_count) VALUES ($1, 0) ON CONFLICT DO NOTHING',
        [label],
      );
      await database.pool.query(
        `INSERT INTO taggings (tag_id, taggable_type, taggable_id, context) SELECT id, 'Contact', $2, 'labels' FROM tags WHERE name = $1`,
        [label, id],
      );
      await database.pool.query('UPDATE tags SET taggings_count = taggings_count + 1 WHERE name = $1', [
        label,
      ]);
    }
  const before = await rows.row('contacts', gone);

  const id = await move();
  expect(await migrationOf(database.pool, id)).toMatchObject({ status: 'completed', contacts_merged: '1' });
  expect(await rows.row('contacts', gone)).toEqual({});
  expect(await rows.row('contacts', kept)).toMatchObject({
    ...{ name: 'Ana Souza', email: 'ana@example.com', middle_name: 'Maria', blocked: true },
    custom_attributes: { plan: 'silver', address: { zip: '2', city: 'Recife' } },
  });
  expect(await rows.row('companies', company)).toMatchObject({ contacts_count: 1 });
  expect(await rows.row('contact_inboxes', box)).toEqual({});
  expect(await rows.row('conversations', talk)).toMatchObject({
    inbox_id: 2,
    contact_id: kept,
    contact_inbox_id: held,
  });
  expect(await rows.row('conversations', elsewhere)).toMatchObject({
    inbox_id: 3,
    contact_id: kept,
    contact_inbox_id: web,
  });
  for (const [table, row] of [
    ['contact_inboxes', web],
    ['notes', note],
    ['calls', call],
  ] as const)
    expect(await rows.row(table, row), table).toMatchObject({ contact_id: kept });
  const senders = await database.pool.query('SELECT DISTINCT sender_id FROM messages');
  expect(senders.rows).toEqual([{ sender_id: kept }]);
  const labels = await database.pool.query(
    `SELECT t.name, t.taggings_count, array_agg(g.taggable_id::text) AS contacts FROM tags t JOIN taggings g ON g.tag_id = t.id GROUP BY 1, 2 ORDER BY 1`,
  );
  expect(labels.rows).toEqual([
    { name: 'late', taggings_count: 1, contacts: [kept] },
    { name: 'vip', taggings_count: 1, contacts: [kept] },
  ]);

  // Since then somebody has corrected the name, and the customer has written again.
  await database.pool.query(`UPDATE contacts SET name = 'Ana S.' WHERE id = $1`, [kept]);
  await rows.messages(talk, 2, kept);
  const later = await rows.talk(2, kept, held);
  await finish(database.pool, await queueReverse(database.pool, id));
  expect(await rows.row('contacts', gone)).toEqual(before);
  expect(await rows.row('contacts', kept)).toMatchObject({ name: 'Ana S.', email: '', blocked: false });
  expect(await rows.row('conversations', talk)).toMatchObject({
    inbox_id: 1,
    contact_id: gone,
    contact_inbox_id: box,
  });
  expect(await rows.messagesBy(talk)).toEqual({ 1: 3 });
  expect(await rows.row('conversations', later)).toMatchObject({
    inbox_id: 2,
    contact_id: kept,
    contact_inbox_id: held,
  });
});

test('a conversation that comes to the destination after the move stays there when the move is reversed', async () => {
  const contact = await rows.contact();
  const box = await rows.box(1, contact, '15551112222');
  const talk = await rows.talk(1, contact, box);
  const id = await move();
  expect(await rows.row('contact_inboxes', box)).toMatchObject({
    inbox_id: '2',
    source_id: 'whatsapp:+15551112222',
  });
  const later = await rows.talk(2, contact, box);
  await finish(database.pool, await queueReverse(database.pool, id));
  expect(await rows.row('conversations', talk)).toMatchObject({ inbox_id: 1, contact_inbox_id: box });
  const { contact_inbox_id: own } = await rows.row('conversations', later);
  expect(await rows.row('contact_inboxes', String(own))).toMatchObject({
    ...{ inbox_id: '2', contact_id: contact, source_id: 'whatsapp:+15551112222' },
  });
});

test('contacts whose numbers belong to each other at the destination become one', async () => {
  const [a, b] = [await rows.contact({ name: 'A' }), await rows.contact({ name: 'B' })];
  await rows.box(2, a, 'whatsapp:+15550000011');
  await rows.box(2, b, 'whatsapp:+15550000022');
  const talks = [
    await rows.talk(1, a, await rows.box(1, a, '15550000022')),
    await rows.talk(1, b, await rows.box(1, b, '15550000011')),
  ];
  const id = await move();
  expect(await migrationOf(database.pool, id)).toMatchObject({ status: 'completed', contacts_merged: '1' });
  const found = await Promise.all(talks.map((talk) => rows.row('conversations', talk)));
  expect(new Set(found.map((each) => each['contact_id'])).size).toBe(1);
});

test.each([
  ['leave', { 1: 1 }, 0],
  ['merge', { 2: 1 }, 1],
])('a possible match is to %s', async (possible_matches, messages, merged) => {
  const here = await rows.contact();
  const there = await rows.contact();
  await rows.box(2, there, 'whatsapp:+551187654321');
  const talk = await rows.talk(1, here, await rows.box(1, here, '5511987654321'));
  const id = await move({ possible_matches });
  const { status, details, contacts_merged } = await migrationOf(database.pool, id);
  expect([status, contacts_merged]).toEqual(['completed', String(merged)]);
  expect(details).toEqual({ left: merged === 0 ? { possible_matches: 1 } : {} });
  expect(await rows.messagesBy(talk)).toEqual(messages);
});

test.each([
  ['keep', [1, 2, 3, 4], []],
  ['unassign', [1, null, 3, null], []],
  ['add-to-inbox', [1, 2, 3, 4], [2, 4]],
])('assignees without access: %s', async (assignees, expected, members) => {
  const contact = await rows.contact();
  const box = await rows.box(1, contact, '15551112222');
  const talks: string[] = [];
  for (const assignee_id of [1, 2, 3, 4])
    talks.push(
      await rows.talk(1, contact, box, 1, { assignee_id, team_id: assignee_id === 3 ? 1 : null, status: 1 }),
    );
  const id = await move({ assignees });
  const found = await Promise.all(talks.map((talk) => rows.row('conversations', talk)));
  expect(found.map((each) => each['assignee_id'])).toEqual(expected);
  const membersOf = async () =>
    (
      await database.pool.query<{ user_id: number }>(
        'SELECT user_id FROM inbox_members WHERE inbox_id = 2 ORDER BY 1',
      )
    ).rows.map(({ user_id }) => user_id);
  expect(await membersOf()).toEqual(members);
  await finish(database.pool, await queueReverse(database.pool, id));
  expect(await membersOf()).toEqual([]);
  expect((await rows.row('conversations', talks[1]!))['assignee_id']).toBe(2);
});
