import { beforeAll, describe, expect, test } from 'vitest';
import { keepOnce } from '../../../cli/worker/keep-inboxes.js';
import { systemClock } from '../../../gateways/clock.js';
import { openChatwoot } from '../../../gateways/chatwoot/connect.js';
import { queueMigration } from '../../../gateways/chatwoot/requests.js';
import { inboxCertificates } from '../../../domain/inbox/certificate.js';
import { servedInbox, TOKEN } from './served.js';

const served = servedInbox();
const { call, operate } = served;
const HERE = '/1/inboxes/1/migrations';

/** Waits until it has ended. */
async function ended(id: number, inbox = 1) {
  const path = `/1/inboxes/${inbox}/migrations/${id}`;
  await expect.poll(async () => (await call('GET', path)).body.status).not.toMatch(/queued|running/);
  return (await call('GET', path)).body;
}

beforeAll(async () => {
  const { rows } = served;
  const known = await rows.contact({ name: 'Known' });
  await rows.box(2, known, 'whatsapp:+15550000012');
  for (const n of [11, 12, 13]) {
    const contact = await rows.contact({ name: `Person ${n}` });
    await rows.talk(1, contact, await rows.box(1, contact, `155500000${n}`), 2, { assignee_id: 2 });
  }
  const scoped = await rows.contact();
  await rows.talk(1, scoped, await rows.box(1, scoped, 'US.77'));
  await rows.pool.query(
    `INSERT INTO accounts (id, name, status, created_at, updated_at) VALUES (2, 'Suspended', 1, now(), now());
     INSERT INTO account_users (account_id, user_id, role, created_at, updated_at) VALUES (2, 1, 1, now(), now());`,
  );
});

describe('is refused as Chatwoot refuses', () => {
  test.each([
    ['no token', HERE, null, 401, 'errors'],
    ['an unknown token', HERE, 'none', 401, 'error'],
    ["a bot's token", HERE, 'token-of-bot', 401, 'error'],
    ['an unknown account', '/99/inboxes/1/migrations', TOKEN, 404, 'error'],
    ['an account that is no number', '/x/inboxes/1/migrations', TOKEN, 404, 'error'],
    ['an account that is too large', '/99999999999999999999/inboxes/1/migrations', TOKEN, 404, 'error'],
    ['a suspended account', '/2/inboxes/1/migrations', TOKEN, 401, 'error'],
    ['an account of others', '/2/inboxes/1/migrations', 'token-of-agent-2', 401, 'error'],
    ['an unknown inbox', '/1/inboxes/99/migrations', TOKEN, 404, 'error'],
    [
      'an inbox that is unknown to an agent, too',
      '/1/inboxes/99/migrations',
      'token-of-agent-2',
      404,
      'error',
    ],
    ['an agent', HERE, 'token-of-agent-2', 401, 'error'],
    ['an inbox that is no WhatsApp inbox', '/1/inboxes/3/migrations', TOKEN, 403, 'error'],
    ['an unknown migration', `${HERE}/99`, TOKEN, 404, 'error'],
    ['a migration that is no number', `${HERE}/latest`, TOKEN, 404, 'error'],
    ['a migration that is too large', `${HERE}/9999999999999999999`, TOKEN, 404, 'error'],
    ['a preview without a destination', `${HERE}/preview`, TOKEN, 422, 'error'],
    ['a preview of the same inbox', `${HERE}/preview?destination_inbox_id=1`, TOKEN, 422, 'error'],
  ])('%s', async (_what, path, token, status, shape) => {
    const answer = await call('GET', path, undefined, token);
    expect([answer.status, Object.keys(answer.body)]).toEqual([status, [shape]]);
    if (status === 404) expect(answer.body).toEqual({ error: 'Resource could not be found' });
  });

  test.each([
    [{}],
    [{ destination_inbox_id: 'two' }],
    [{ destination_inbox_id: 99 }],
    [{ destination_inbox_id: 99999999999 }],
    [{ destination_inbox_id: 3 }],
    [{ destination_inbox_id: 1 }],
    [{ destination_inbox_id: 2, assignees: 'all' }],
    [{ destination_inbox_id: 2, possible_matches: true }],
    [{ destination_inbox_id: 2, preview_id: 'p1-1-2-9-9-9-9' }],
    [{ inbox_migration: { destination_inbox_id: 1 } }],
  ])('a move to %j', async (body) => {
    const answer = await call('POST', HERE, body);
    expect([answer.status, Object.keys(answer.body)]).toEqual([422, ['error']]);
  });

  test('a request fails while the database is down, and while it has unknown columns', async () => {
    const away = openChatwoot('postgresql://nobody@127.0.0.1:9/chatwoot');
    await expect(away.ready()).rejects.toMatchObject({ type: 'TargetUnavailable' });
    await away.close();
    await served.rows.pool.query('CREATE TABLE public.kanban (id bigint, conversation_id bigint)');
    const answer = await call('POST', HERE, { destination_inbox_id: 2 });
    expect(answer).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('kanban.conversation_id') },
    });
    await served.rows.pool.query('DROP TABLE public.kanban');
  });
});

test('the destinations and a preview are shown', async () => {
  expect((await call('GET', `${HERE}/eligible_destinations`)).body).toEqual({
    inboxes: [{ id: 2, name: 'New number', channel_type: 'Channel::TwilioSms', conversations_count: 0 }],
  });
  const preview = await call('GET', `${HERE}/preview?destination_inbox_id=2`);
  expect(preview).toMatchObject({
    status: 200,
    body: {
      preview_id: expect.any(String),
      source_inbox: { id: 1, name: 'Old number', channel_type: 'Channel::Whatsapp' },
      destination_inbox: { id: 2, name: 'New number', channel_type: 'Channel::TwilioSms' },
      counts: { conversations: 3, messages: 6, attachments: 0, contact_inboxes: 3 },
      conflicts: {
        ...{ overlapping_contacts: 1, will_be_merged: 1 },
        contacts: [
          {
            identity: '15550000012',
            source_contact: { id: expect.any(Number), name: 'Person 12' },
            destination_contact: { id: expect.any(Number), name: 'Known' },
          },
        ],
      },
      left: { groups: 0, lids: 0, business_scoped: 1, possible_matches: 0, unidentified: 0 },
      warnings: [
        { key: 'CONTACTS_WILL_MERGE', params: { count: 1 } },
        { key: 'ASSIGNEES_WITHOUT_ACCESS', params: { count: 3 } },
      ],
      estimated_seconds: expect.any(Number),
    },
  });
});

test('a move is requested, done, and reversed; both appear wherever migrations are shown', async () => {
  const { preview_id } = (await call('GET', `${HERE}/preview?destination_inbox_id=2`)).body;
  const started = await call('POST', HERE, { inbox_migration: { destination_inbox_id: 2, preview_id } });
  expect(started).toMatchObject({
    status: 201,
    body: { reverses: null, initiated_by: 'Agent 1', error: null },
  });
  const { id } = started.body;
  expect(await ended(id)).toMatchObject({
    status: 'completed',
    progress: {
      ...{ percentage: 100, conversations: { total: 3, moved: 3 }, messages: { total: 6, moved: 6 } },
      ...{ attachments: { total: 0, moved: 0 }, contact_inboxes: { total: 3, moved: 3 }, contacts_merged: 1 },
    },
    left: { business_scoped: 1, groups: 0 },
  });
  expect((await call('POST', `${HERE}/${id}/cancel`)).status).toBe(422);

  // The store learns of the end a moment after Chatwoot's database.
  const list = async () => (await operate('GET', '/kinds/inbox/migrations')).body.migrations;
  await expect
    .poll(list)
    .toEqual([expect.objectContaining({ key: '1:1', name: 'Old number', status: 'completed' })]);
  expect((await operate('GET', '/kinds/inbox/migrations/1:1')).body).toMatchObject({
    ...{ account_id: 1, source_inbox_id: 1, status: 'completed' },
    migrations: [{ id }],
  });
  expect((await operate('GET', '/kinds/inbox/migrations/1:1/explain')).status).toBe(200);
  expect((await operate('GET', '/kinds/inbox/migrations/1:1/units')).body.units).toMatchObject([
    { unit: String(id) },
  ]);
  const audit = await operate('GET', '/kinds/inbox/migrations/1:1/audit');
  expect(audit.body.entries).toMatchObject([
    {
      action: 'start',
      actor: 'Agent 1 (user 1 of Chatwoot)',
      details: { migration: id, destination_inbox: 2 },
    },
  ]);
  expect((await operate('GET', '/kinds/inbox/failures')).body.failures).toEqual([]);

  const verified = async () => {
    expect((await operate('POST', '/kinds/inbox/migrations/1:1/verify', {})).status).toBe(202);
    const read = async () => (await operate('GET', '/kinds/inbox/migrations/1:1')).body.verification;
    await expect.poll(async () => (await read()).state).not.toBe('running');
    return read();
  };
  expect(await verified()).toMatchObject({ state: 'equal', conversations: 3, broken: [] });
  const certificate = await operate('GET', '/kinds/inbox/migrations/1:1/certificate');
  expect(certificate.body.certificate).toMatchObject({
    ...{
      account_id: 1,
      source_inbox_id: 1,
      totals: { conversations: 3, messages: 6, contacts_merged: 1, left: 1 },
    },
    moves: [
      {
        ...{ migration_id: id, destination_inbox_id: 2 },
        written: expect.arrayContaining([{ table: 'messages', inserted: 0, updated: 6, deleted: 0 }]),
      },
    ],
  });
  expect(inboxCertificates.figureSteps(certificate.body.certificate).every(({ holds }) => holds)).toBe(true);
  const { rows: some } = await served.rows.pool.query(
    'UPDATE messages SET inbox_id = 1 WHERE id = (SELECT min(id) FROM messages WHERE inbox_id = 2) RETURNING id, conversation_id',
  );
  expect(await verified()).toMatchObject({
    state: 'unequal',
    broken: [
      { what: 'messages', count: 1, conversations: [String(some[0].conversation_id)], rules: ['messages'] },
    ],
  });
  await served.rows.pool.query('UPDATE messages SET inbox_id = 2 WHERE id = $1', [some[0].id]);
  const count = (change: string) =>
    served.rows.pool.query(
      `UPDATE carryover.inbox_writes SET updated = updated ${change} WHERE relation = 'conversations'`,
    );
  await count('+ 100');
  expect(await verified()).toMatchObject({
    ...{ state: 'unequal', conversations: 3 },
    broken: [
      {
        what: 'sums',
        count: 1,
        rules: [expect.stringMatching(/^conversations: 10\d updated, \d in the journal$/)],
      },
    ],
  });
  await count('- 100');

  const reversed = await call('POST', `${HERE}/${id}/reverse`);
  expect(reversed).toMatchObject({ status: 201, body: { reverses: id, source_inbox: { id: 2 } } });
  expect(await ended(reversed.body.id, 2)).toMatchObject({ status: 'completed' });
  expect((await call('GET', `${HERE}/${id}`)).body).toMatchObject({ reversed_by: reversed.body.id });
  expect((await call('POST', `${HERE}/${id}/reverse`)).status).toBe(422);
  const here = await served.rows.pool.query('SELECT FROM conversations WHERE inbox_id = 1');
  expect(here.rowCount).toBe(4);

  // The same source once more, by an operator: its workflow has completed before.
  const source = '/kinds/inbox/sources/1:1';
  expect(await operate('GET', '/kinds/inbox/sources?q=corner')).toMatchObject({
    body: {
      inboxes: [{ key: '1:2' }, { key: '1:1', account: 'Corner Bakery', name: 'Old number' }],
      more: false,
    },
  });
  expect((await operate('GET', '/kinds/inbox/sources?q=nobody')).body).toEqual({ inboxes: [], more: false });
  expect((await operate('GET', `${source}/destinations`)).body).toMatchObject({ inboxes: [{ id: 2 }] });
  const shown = await operate('GET', `${source}/preview?destination_inbox_id=2`);
  expect(shown).toMatchObject({ status: 200, body: { counts: { conversations: expect.any(Number) } } });
  for (const [path, body, status] of [
    [`${source}/moves`, { destination_inbox_id: 1 }, 422],
    [`${source}/moves`, { destination_inbox_id: 2, preview_id: 'p1-1-2-900-900-900-900' }, 422],
    ['/kinds/inbox/sources/nonsense/moves', { destination_inbox_id: 2 }, 404],
    [`${source}/moves/${id}/reverse`, undefined, 409],
    [`${source}/moves/99999/reverse`, undefined, 404],
  ] as const)
    expect((await operate('POST', path, body)).status, path).toBe(status);
  const again = await operate('POST', `${source}/moves`, {
    destination_inbox_id: 2,
    preview_id: shown.body.preview_id,
  });
  expect(again).toMatchObject({ status: 202, body: { key: '1:1' } });
  expect(await ended(again.body.id)).toMatchObject({ status: 'completed', progress: { contacts_merged: 1 } });
  expect((await call('GET', HERE)).body.migrations.map((each: { id: number }) => each.id)).toEqual([
    again.body.id,
    id,
  ]);
  expect((await call('GET', `${HERE}?page=2`)).body).toEqual({ migrations: [] });
  await operate('POST', '/kinds/inbox/migrations/1:1/undo');
  const undo = (await call('GET', '/1/inboxes/2/migrations')).body.migrations[0];
  expect(undo).toMatchObject({ reverses: again.body.id, initiated_by: null });
  expect(await ended(undo.id, 2)).toMatchObject({ status: 'completed' });
});

test('a move that the API queued but could not report to the store is started by a worker, and a paused move can be cancelled', async () => {
  const chatwoot = openChatwoot(served.chatwoot.url);
  const { store } = served.world;
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const keep = () => keepOnce({ store, chatwoot, clock: systemClock, logger: silent, journalDays: 90 });
  const id = await queueMigration(chatwoot.pool, {
    ...{ accountId: '1', source: '1', destination: '2', userId: '1' },
    ...{ assignees: 'keep', possibleMatches: 'leave' },
  });
  // The source's migration is known but has ended, so this one is not taken for it.
  await keep();
  expect(await ended(Number(id))).toMatchObject({ status: 'completed' });
  await keep();
  await chatwoot.close();
});
