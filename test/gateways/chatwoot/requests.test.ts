import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrationView } from '../../../domain/inbox/view.js';
import { listMigrations, readMigration } from '../../../gateways/chatwoot/migration-reads.js';
import { purgeJournals } from '../../../gateways/chatwoot/purge.js';
import {
  askPreview,
  cancelMigration,
  type MoveRequest,
  queueMigration,
  queueReverse,
  type Refused,
} from '../../../gateways/chatwoot/requests.js';
import { type ChatwootDatabase, chatwootDatabase, rowsOf } from '../../support/chatwoot.js';
import { ChatwootRows } from '../../support/chatwoot-rows.js';
import { finish, migrationOf } from '../../support/inbox-moves.js';

let database: ChatwootDatabase;
let rows: ChatwootRows;
beforeAll(async () => {
  database = await chatwootDatabase();
  rows = new ChatwootRows(database.pool);
  await rows.business();
  await database.pool.query(`
    INSERT INTO channel_whatsapp (id, account_id, phone_number, created_at, updated_at) VALUES (4, 1, '+15550000004', now(), now());
    INSERT INTO inboxes (id, channel_id, account_id, name, channel_type, created_at, updated_at) VALUES (4, 4, 1, 'Third', 'Channel::Whatsapp', now(), now())`);
  const known = await rows.contact({ name: 'Known' });
  await rows.box(2, known, 'whatsapp:+15550000012');
  for (const n of [11, 12, 13]) {
    const contact = await rows.contact({ name: `Person ${n}` });
    await rows.talk(1, contact, await rows.box(1, contact, `155500000${n}`), 2, { assignee_id: 2 });
  }
  const scoped = await rows.contact();
  await rows.talk(1, scoped, await rows.box(1, scoped, 'US.77'));
});
afterAll(() => database.drop());
beforeEach(() =>
  database.pool.query(
    `UPDATE carryover.inbox_migrations SET status = 'cancelled' WHERE status IN ('queued', 'running')`,
  ),
);

const request = (more: Partial<MoveRequest> = {}): MoveRequest => ({
  ...{
    accountId: '1',
    source: '1',
    destination: '2',
    userId: '1',
    assignees: 'keep',
    possibleMatches: 'leave',
  },
  ...more,
});
const queue = (more?: Partial<MoveRequest>) => queueMigration(database.pool, request(more));
const queued = async (more?: Partial<MoveRequest>) => idOf(await queue(more));
function idOf(answer: string | Refused): string {
  if (typeof answer === 'string') return answer;
  throw new Error(answer.message);
}

test('a preview says what a move would do, and changes nothing', async () => {
  const before = await rowsOf(database.pool);
  expect(await askPreview(database.pool, request())).toMatchObject({
    ...{ source: { id: '1', name: 'Old number', type: 'cloud' }, destination: { id: '2', type: 'twilio' } },
    preview: {
      ...{
        conversations: 3,
        messages: 6,
        attachments: 0,
        contactInboxes: 3,
        overlapping: 1,
        merged: 1,
        withoutAccess: 3,
      },
      left: { business_scoped: 1 },
      contacts: [
        {
          identity: '15550000012',
          source_contact: { name: 'Person 12' },
          destination_contact: { name: 'Known' },
        },
      ],
    },
  });
  expect(await rowsOf(database.pool)).toEqual(before);
});

test.each([
  ['a source that is no WhatsApp inbox', { source: '3' }, 'source'],
  ['an unknown source', { source: '99' }, 'unknown'],
  ['an unknown destination', { destination: '99' }, 'destination'],
  ['a destination that is no WhatsApp inbox', { destination: '3' }, 'destination'],
  ['the same inbox', { destination: '1' }, 'destination'],
  ['another account', { accountId: '2' }, 'unknown'],
  ['a preview that is none', { previewId: 'nonsense' }, 'preview'],
  ['a preview of something else', { previewId: 'p1-1-2-3-6-3-9' }, 'preview'],
])('a move is refused for %s', async (_what, more, refused) => {
  expect(await queue(more)).toMatchObject({ refused });
});

test('a move is queued with what its preview showed, and noted in the audit', async () => {
  const asked = await askPreview(database.pool, request());
  const id = await queued({ previewId: 'refused' in asked ? '' : asked.previewId });
  expect(await migrationOf(database.pool, id)).toMatchObject({ status: 'queued', user_id: '1' });
  const { rows: audits } = await database.pool.query(
    `SELECT action, auditable_id, associated_id, user_id, audited_changes FROM audits ORDER BY id DESC LIMIT 1`,
  );
  expect(audits).toEqual([
    {
      ...{ action: 'update', auditable_id: '1', associated_id: '1', user_id: '1' },
      audited_changes: { inbox_migration: [null, { action: 'migrate', id, destination_inbox_id: '2' }] },
    },
  ]);
});

test('one move at a time out of an inbox, none in a circle, and several into one', async () => {
  expect(typeof (await queue())).toBe('string');
  expect(await queue()).toMatchObject({ refused: 'destination' });
  expect(await queue({ source: '2', destination: '1' })).toMatchObject({ refused: 'destination' });
  expect(await queue({ source: '4', destination: '1' })).toMatchObject({ refused: 'destination' });
  expect(await queue({ source: '2', destination: '4' })).toMatchObject({ refused: 'destination' });
  expect(typeof (await queue({ source: '4' }))).toBe('string');
});

test('of two moves in a circle that are requested at once, one is queued', async () => {
  const asked = await Promise.all([queue(), queue({ source: '2', destination: '1' })]);
  expect(asked.filter((each) => typeof each === 'string')).toHaveLength(1);
});

test('a migration is cancelled once, and an ended one is reversed once', async () => {
  const of = { accountId: '1', source: '1', userId: '1' };
  const id = await queued();
  expect(await queueReverse(database.pool, { ...of, id })).toMatchObject({ refused: 'ended' });
  expect(await cancelMigration(database.pool, { ...of, id })).toBeUndefined();
  expect(await cancelMigration(database.pool, { ...of, id })).toMatchObject({ refused: 'ended' });
  expect(await cancelMigration(database.pool, { ...of, source: '2', id })).toMatchObject({
    refused: 'unknown',
  });
  const reverse = idOf(await queueReverse(database.pool, { ...of, id }));
  await finish(database.pool, reverse);
  expect(await queueReverse(database.pool, { ...of, id })).toMatchObject({ refused: 'ended' });
  expect(await queueReverse(database.pool, { ...of, source: '2', id: reverse })).toMatchObject({
    refused: 'ended',
  });
  expect(await readMigration(database.pool, '1', '1', id)).toMatchObject({
    reversed_by: Number(reverse),
    reverses: null,
  });
});

test("an inbox's migrations are listed newest first, as Chatwoot's people see them", async () => {
  const id = await queued();
  await finish(database.pool, id);
  const listed = await listMigrations(database.pool, '1', '1', 1);
  expect(listed.map((row) => row.id)).toEqual(listed.map((row) => row.id).toSorted((a, b) => b - a));
  expect(migrationView(listed[0]!)).toMatchObject({
    ...{
      id: Number(id),
      status: 'completed',
      error: null,
      initiated_by: 'Agent 1',
      reverses: null,
      reversed_by: null,
    },
    source_inbox: { id: 1, name: 'Old number', channel_type: 'Channel::Whatsapp' },
    progress: {
      ...{ percentage: 100, conversations: { total: 3, moved: 3 }, messages: { total: 6, moved: 6 } },
      ...{ contact_inboxes: { total: 3, moved: 3 }, contacts_merged: 1 },
    },
    left: { business_scoped: 1 },
  });
  expect(listed[0]!.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(await listMigrations(database.pool, '1', '1', 2)).toEqual([]);
  expect(await readMigration(database.pool, '2', '1', id)).toBeUndefined();
});

test('a journal that is too old is purged, and its migration cannot be reversed any more', async () => {
  const { pool } = database;
  const id = await queued();
  await finish(pool, id);
  expect(await purgeJournals(pool, 90)).not.toContain(id);
  await pool.query(
    `UPDATE carryover.inbox_migrations SET completed_at = completed_at - interval '91 days' WHERE id = $1`,
    [id],
  );
  expect(await purgeJournals(pool, 90)).toContain(id);
  for (const table of ['inbox_journal', 'inbox_identities', 'inbox_moved'])
    expect(
      (await pool.query(`SELECT FROM carryover.${table} WHERE migration_id = $1`, [id])).rowCount,
      table,
    ).toBe(0);
  const of = { accountId: '1', source: '1', userId: '1', id };
  expect(await queueReverse(pool, of)).toMatchObject({ refused: 'ended' });
  expect(await purgeJournals(pool, 90)).toEqual([]);
});
