import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailureEntry } from '../../../domain/engine/failures/failed-things.js';
import type { Report } from '../../../domain/conversations/report.js';
import { apiWorld, meet, tokenFor, type World } from '../world.js';
import { addPhase, addSlice } from '../../support/work.js';

let world: World;
let token: string;
beforeAll(async () => {
  world = await apiWorld({ resetAllowed: true });
  token = await tokenFor('operator');
  await meet(world, 'acc_1', { brand: 'br_1', sms: 'ch_1', email: 'ch_2' });
  await fail(world);
});
afterAll(() => world.close());

/** One failure of each kind, and several of quarantine. */
async function fail({ store }: World): Promise<void> {
  const failure = {
    type: 'SourceUnavailable',
    message: 'DynamoDB does not answer.',
    since: '2026-03-01T10:00:00.000Z',
    times: 3,
    nextStep: 'Check the tables.',
  };
  await store.pool.query(
    `UPDATE brands SET migration = migration || jsonb_build_object('status', 'remaining-messages-failure', 'failure', $1::jsonb)`,
    [JSON.stringify(failure)],
  );
  await store.pool.query(
    `WITH m AS (INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
       VALUES (1, 'msg 1', 'in', 'text', now(), 'k', 't') RETURNING id)
     INSERT INTO attachments (message_id, brand_id, source_id, source_url, error, tries, tried_at)
     SELECT m.id, b.id, 'att_' || n, 'http://files.example', x.error, n, '2026-03-02T10:00:00.000Z'
     FROM m, brands b, generate_series(1, 3) n, LATERAL (SELECT jsonb_build_object('kind', 'status', 'message',
       'The server answered 404.', 'final', n < 3, 'at', '2026-03-02T10:00:00.000Z') AS error) x`,
  );
  await store.pool.query(
    `INSERT INTO phone_portings (account_id, channel_id, phone_number, port_order_id, status, reason)
     SELECT b.account_id, c.id, '+15550001111', 'po_1', 'refused', 'no such number'
     FROM channels c JOIN brands b ON b.id = c.brand_id WHERE c.source_id = 'ch_1'`,
  );
  await store.pool.query(
    `INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key,
       source_id, identity, reason, raw, phase)
     SELECT 'acc_1', b.id, 'messages', 'thr_1/key#' || n, 'h' || n, 'key#' || n, 'm' || n, 'i' || n,
       'attribute "direction" is missing', '{"body": {"S": "hello"}}', 'recent'
     FROM brands b, generate_series(1, 5) n`,
  );
}

const get = async <Body>(path: string) => {
  const answer = await world.call('GET', path, { token });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<Body>();
};
const post = (path: string, body?: unknown) =>
  world.call('POST', path, {
    token,
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  });
const failures = (query = '') =>
  get<{ failures: FailureEntry[]; next_cursor: string | null }>(`/v2/failures${query}`);
const messagesOf = async (signal: string) => {
  const { rows } = await world.store.pool.query(
    'SELECT workflow_id, payload FROM carryover.workflow_messages WHERE signal = $1 ORDER BY id',
    [signal],
  );
  return rows as { workflow_id: string; payload: Record<string, unknown> }[];
};

describe('GET /v2/failures', () => {
  it('lists what needs a person of each kind, with the command that fixes it', async () => {
    const found = (await failures()).failures;
    expect(found.map(({ kind, command }) => [kind, command])).toEqual([
      ['remaining-messages', 'carryover retry acc_1'],
      ['attachments', "carryover attachments retry acc_1 --brand br_1 --message 'msg 1' --attachment att_1"],
      ['attachments', "carryover attachments retry acc_1 --brand br_1 --message 'msg 1' --attachment att_2"],
      ['porting', 'carryover retry acc_1'],
      ...[1, 2, 3, 4, 5].map((id) => ['quarantine', `carryover quarantine retry acc_1 ${id}`]),
    ]);
    expect(found[0]).toMatchObject({
      account_id: 'acc_1',
      brand_id: 'br_1',
      since: '2026-03-01T10:00:00.000Z',
      times: 3,
      message: 'DynamoDB does not answer.',
      next_step: 'Check the tables.',
    });
    expect(found[3]).toMatchObject({ message: 'no such number', what: expect.not.stringContaining('+1555') });
  });

  it('lists one kind', async () => {
    const found = (await failures('?kind=porting')).failures;
    expect(found.map(({ kind }) => kind)).toEqual(['porting']);
  });

  it('lists a port once it could not be ordered for an hour', async () => {
    const asked = (ago: string) =>
      world.store.pool.query(
        `INSERT INTO phone_portings (account_id, channel_id, phone_number, status_at)
         SELECT b.account_id, c.id, '+15550001112', now() - $1::interval
         FROM channels c JOIN brands b ON b.id = c.brand_id WHERE c.source_id = 'ch_2'
         ON CONFLICT (account_id, phone_number) DO UPDATE SET status_at = EXCLUDED.status_at`,
        [ago],
      );
    await asked('59 minutes');
    expect((await failures('?kind=porting')).failures).toHaveLength(1);
    await asked('61 minutes');
    expect((await failures('?kind=porting')).failures[1]).toMatchObject({
      what: 'port of the number of channel ch_2 (pending)',
      message: 'The carrier has not created an order yet.',
      next_step: expect.stringContaining('CARRIER_API_TOKEN'),
      command: 'carryover status acc_1',
    });
    await world.store.pool.query("DELETE FROM phone_portings WHERE phone_number = '+15550001112'");
  });

  it.each([1, 2, 4])('lists each failure once, %i on a page, while earlier ones are fixed', async (limit) => {
    const all = (await failures()).failures.map(({ kind, id }) => `${kind} ${id}`);
    const paged: string[] = [];
    let cursor: string | null = '';
    do {
      const page = await failures(`?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
      expect(page.failures.length).toBeLessThanOrEqual(limit);
      paged.push(...page.failures.map(({ kind, id }) => `${kind} ${id}`));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(paged).toEqual(all);
  });

  it('refuses unknown kinds, invalid cursors, and callers who are not operators', async () => {
    for (const query of ['?kind=recent', '?cursor=x', '?kinds=porting']) {
      expect((await world.call('GET', `/v2/failures${query}`, { token })).statusCode).toBe(400);
    }
    const service = await tokenFor('service');
    expect((await world.call('GET', '/v2/failures', { token: service })).statusCode).toBe(403);
  });
});

describe('the quarantine', () => {
  const base = '/v2/migrations/acc_1/quarantine';

  it('is listed by table and by a part of the reason', async () => {
    const list = async (query: string) =>
      (await get<{ records: unknown[] }>(`${base}${query}`)).records.length;
    expect(await list('')).toBe(5);
    expect(await list('?table=threads')).toBe(0);
    expect(await list('?reason=DIRECTION&table=messages')).toBe(5);
    expect(await list('?reason=kind')).toBe(0);
    const none = await world.call('GET', '/v2/migrations/acc_none/quarantine', { token });
    expect(none.statusCode).toBe(404);
  });

  it('shows a record of this account in its raw form, by number or key', async () => {
    const byId = await get(`${base}/2`);
    expect(byId).toMatchObject({ id: '2', source_key: 'thr_1/key#2', raw: { body: { S: 'hello' } } });
    expect(await get(`${base}/${encodeURIComponent('thr_1/key#2')}`)).toEqual(byId);
    const other = await world.call('GET', '/v2/migrations/acc_2/quarantine/2', { token });
    expect(other.statusCode).toBe(404);
    const { entries } = await get<{ entries: unknown[] }>('/v2/audit?account_id=acc_1');
    const read = {
      account_id: 'acc_1',
      actor: 'somebody-operator',
      role: 'operator',
      action: 'read-quarantined',
      remote_address: '127.0.0.1',
      details: { record: '2', table: 'messages' },
    };
    expect(entries).toEqual([expect.objectContaining(read), expect.objectContaining(read)]);
  });

  it('is read again on request, all of it or the named records', async () => {
    expect((await post(`${base}/retry`)).json()).toEqual({ account_id: 'acc_1', records: null });
    const some = await post(`${base}/retry`, { records: ['3', 'thr_1/key#1'] });
    expect([some.statusCode, some.json()]).toEqual([202, { account_id: 'acc_1', records: 2 }]);
    const told = await messagesOf('retry-quarantined');
    expect(told.map(({ workflow_id: id }) => id)).toEqual([
      'migration:acc_1/quarantine',
      'migration:acc_1/quarantine',
    ]);
    expect(told[0]?.payload).not.toHaveProperty('records');
    expect(told[1]?.payload).toMatchObject({ records: ['1', '3'], by: 'somebody-operator' });
  });

  it('answers 404 for unknown records', async () => {
    expect((await post(`${base}/retry`, { records: ['99'] })).statusCode).toBe(404);
    expect((await post('/v2/migrations/acc_none/quarantine/retry')).statusCode).toBe(404);
    expect((await post(`${base}/retry`, { records: [] })).statusCode).toBe(400);
  });
});

describe('an unknown account, brand or record is an error, not an empty list', () => {
  it.each([
    '/v2/failures?account_id=acc_none',
    '/v2/audit?account_id=acc_none',
    '/v2/migrations/acc_none/quarantine',
  ])('%s', async (path) => {
    const answer = await world.call('GET', path, { token });
    expect([answer.statusCode, answer.json().detail]).toEqual([404, 'There is no such account.']);
  });

  it.each([
    [{ brand_id: 'br_other' }, 'The account has no brand with this brand_id.'],
    [{ brand_id: 'br_other', attachment_id: 'att_1' }, 'The account has no brand with this brand_id.'],
    [{ message_id: 'msg 9' }, 'The account has no attachment with this message_id and attachment_id.'],
    [
      { message_id: 'msg 1', attachment_id: 'att_9' },
      'The account has no attachment with this message_id and attachment_id.',
    ],
  ])('attachments of %j', async (choice, detail) => {
    const answer = await post('/v2/migrations/acc_1/attachments/retry', choice);
    expect([answer.statusCode, answer.json().detail]).toEqual([404, detail]);
    expect(await messagesOf('retry-attachments')).toEqual([]);
  });

  it('an account without failures has an empty list', async () => {
    await meet(world, 'acc_2', { brand: 'br_2', sms: 'ch_21', email: 'ch_22' });
    expect(await failures('?account_id=acc_2')).toEqual({ failures: [], next_cursor: null });
    expect(await get('/v2/audit?account_id=acc_2')).toEqual({ entries: [], next_cursor: null });
  });
});

describe('POST /v2/migrations/{id}/attachments/retry', () => {
  const path = '/v2/migrations/acc_1/attachments/retry';

  it('fetches failed attachments as if they had never been tried: one, those of a brand, or all', async () => {
    const one = await post(path, { brand_id: 'br_1', message_id: 'msg 1', attachment_id: 'att_1' });
    expect([one.statusCode, one.json()]).toEqual([202, { account_id: 'acc_1', attachments: 1 }]);
    const { rows } = await world.store.pool.query(
      "SELECT error, tries, tried_at FROM attachments WHERE source_id = 'att_1'",
    );
    expect(rows).toEqual([{ error: null, tries: 0, tried_at: null }]);
    expect(
      (await post(path, { brand_id: 'br_1', message_id: 'msg 1', attachment_id: 'att_1' })).json(),
    ).toEqual({
      account_id: 'acc_1',
      attachments: 0,
    });
    expect((await post(path)).json()).toMatchObject({ attachments: 2 });
    const told = await messagesOf('retry-attachments');
    expect(told[0]).toMatchObject({
      workflow_id: 'migration:acc_1/attachments',
      payload: { by: 'somebody-operator' },
    });
  });

  it('is in the audit', async () => {
    const { entries } = await get<{ entries: { action: string }[] }>('/v2/audit?account_id=acc_1');
    expect(new Set(entries.map(({ action }) => action))).toEqual(
      new Set(['retry-attachments', 'retry-quarantined', 'read-quarantined']),
    );
  });
});

describe('GET /v2/report', () => {
  it('counts what needs a person, and migrations that stand still', async () => {
    await meet(world, 'acc_3', { brand: 'br_3', sms: 'ch_5', email: 'ch_6' });
    await world.store.pool.query(
      `UPDATE carryover.migrations SET status = 'migrating', started = true, restarted_at = '2026-03-01T10:00:00Z'
       WHERE subject = 'acc_3'`,
    );
    await world.store.pool.query(
      "UPDATE carryover.status_documents SET changed_at = now() - interval '2 hours' WHERE subject = 'acc_3'",
    );
    const { counts, entries } = await get<Report>('/v2/report');
    expect(counts).toEqual({
      brand: 0,
      'recent-messages': 0,
      'remaining-messages': 1,
      attachments: 0,
      porting: 1,
      quarantine: 5,
      verification: 0,
      following: 0,
      stalled: 1,
      'refused-messages': 0,
    });
    expect(entries.at(-1)).toMatchObject({
      kind: 'stalled',
      account_id: 'acc_3',
      command: 'carryover retry acc_3',
    });
    const since = await get<Report>('/v2/report?since=2100-01-01T00:00:00Z');
    expect(Object.values(since.counts).every((count) => count === 0)).toBe(true);
  });

  it('does not count a migration that imports', async () => {
    await addPhase(world.store.pool, 'br_3', 'recent');
    await addSlice(world.store.pool, 'br_3', 'recent', { stage: 'messages' });
    expect((await get<Report>('/v2/report')).counts.stalled).toBe(0);
  });
});
