import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../domain/conversations/records/quarantine-reasons.js';
import type { Report } from '../../../domain/conversations/report.js';
import { apiWorld, meet, tokenFor, type World } from '../world.js';

let world: World;
let token: string;
const base = '/v2/migrations/acc_1/quarantine';
const KIND = 'attribute "kind" has type N, expected S';

beforeAll(async () => {
  world = await apiWorld();
  token = await tokenFor('operator');
  await meet(world, 'acc_1', { brand: 'br_1', sms: 'ch_1', email: 'ch_2' });
});
afterAll(() => world.close());

/** Two refused threads with three messages, a missing thread with two, two faulty messages and one of another account. */
beforeEach(async () => {
  await world.store.pool.query(
    `TRUNCATE quarantined_records RESTART IDENTITY; TRUNCATE carryover.audit_entries, carryover.workflow_messages`,
  );
  const records: [table: string, hash: string, range: string, reason: string][] = [
    ['threads', 'br_1', 'thr_1', KIND],
    ['threads', 'br_1', 'thr_2', KIND],
    ['messages', 'thr_1', 'k1', THREAD_NOT_TAKEN],
    ['messages', 'thr_1', 'k2', THREAD_NOT_TAKEN],
    ['messages', 'thr_2', 'k3', THREAD_NOT_TAKEN],
    ['messages', 'thr_gone', 'k4', NO_THREAD_RECORD],
    ['messages', 'thr_gone', 'k5', NO_THREAD_RECORD],
    ['messages', 'thr_5', 'k6', 'attribute "attachments[0].url" is missing'],
    ['messages', 'thr_5', 'k7', 'attribute "attachments[12].url" is missing'],
    ['messages', 'thr_5', 'k8', 'belongs to another account'],
  ];
  for (const [table, hash, range, reason] of records) {
    await world.store.pool.query(
      `INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key,
         source_id, identity, reason, raw, phase)
       SELECT 'acc_1', id, $1, $2, md5($2), $3, $3, md5($2), $4, $5, 'recent' FROM brands WHERE source_id = 'br_1'`,
      [table, `${hash}/${range}`, range, reason, { body: { S: `contents of ${range}` } }],
    );
  }
});

interface Group {
  readonly group: string;
  readonly records: number;
  readonly waived: number;
  readonly reason: string;
  readonly command: string;
}

const get = async <Body>(path: string) => {
  const answer = await world.call('GET', path, { token });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<Body>();
};
const post = (path: string, body: unknown, as = token) =>
  world.call('POST', path, { token: as, body, headers: { 'content-type': 'application/json' } });
const groups = async () => (await get<{ groups: Group[] }>(`${base}/groups`)).groups;
const failures = async () =>
  (await get<{ failures: Record<string, string>[] }>('/v2/failures?kind=quarantine')).failures;
const lines = (body: string) =>
  body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('GET /v2/migrations/{account_id}/quarantine/groups', () => {
  it('groups messages under the thread that keeps them out, each group with fitting advice', async () => {
    expect(await groups()).toMatchObject([
      {
        source_table: 'threads',
        reason: KIND,
        cause: 'wrong-type',
        ...{ records: 5, threads: 2, messages: 3, waived: 0 },
        next_step: expect.stringContaining('attribute "kind" written as type S'),
        command: expect.stringMatching(/^carryover quarantine retry acc_1 --group [0-9a-f]{12}$/),
        samples: [
          { id: '1', brand_id: 'br_1', source_key: 'br_1/thr_1', messages: 2 },
          { id: '2', brand_id: 'br_1', source_key: 'br_1/thr_2', messages: 1 },
        ],
      },
      {
        source_table: 'messages',
        reason: NO_THREAD_RECORD,
        cause: 'no-thread-record',
        ...{ records: 2, threads: 1, messages: 2 },
        samples: [{ id: '6', source_key: 'thr_gone', messages: 2 }],
      },
      {
        reason: 'attribute "attachments[].url" is missing',
        ...{ records: 2, threads: 0, messages: 2 },
        samples: [{ id: '8', source_key: 'thr_5/k6' }, { id: '9' }],
      },
      {
        cause: 'another-account',
        records: 1,
        command: expect.stringMatching(
          /^carryover quarantine waive acc_1 --group \w+ --reason 'belongs to another account'$/,
        ),
      },
    ]);
  });

  it('is paged, and every group has its records in the list', async () => {
    const all = await groups();
    const paged: string[] = [];
    let cursor: string | null = '';
    do {
      const page: { groups: Group[]; next_cursor: string | null } = await get(
        `${base}/groups?limit=1${cursor ? `&cursor=${cursor}` : ''}`,
      );
      expect(page.groups).toHaveLength(1);
      paged.push(...page.groups.map(({ group }) => group));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(paged).toEqual(all.map(({ group }) => group));
    for (const { group, records } of all) {
      const listed = await get<{ records: { group: string }[] }>(`${base}?group=${group}`);
      expect(listed.records.map((each) => each.group)).toEqual(Array.from({ length: records }, () => group));
    }
    expect((await world.call('GET', '/v2/migrations/acc_none/quarantine/groups', { token })).statusCode).toBe(
      404,
    );
  });

  it('gives the records of a group to a retry', async () => {
    const [{ group } = { group: '' }] = await groups();
    expect((await post(`${base}/retry`, { group })).json()).toMatchObject({ records: 5 });
    const { rows } = await world.store.pool.query<{ payload: { records: string[] } }>(
      'SELECT payload FROM carryover.workflow_messages',
    );
    expect(rows[0]?.payload.records).toEqual(['1', '2', '3', '4', '5']);
    expect((await post(`${base}/retry`, { group: '0'.repeat(12) })).statusCode).toBe(404);
    expect((await post(`${base}/retry`, { group, records: ['1'] })).statusCode).toBe(400);
  });
});

describe('a failure of the kind quarantine', () => {
  it('names the root cause and a next step that fits', async () => {
    const found = await failures();
    expect(found).toHaveLength(10);
    expect(found[2]).toMatchObject({
      message: `${THREAD_NOT_TAKEN}: ${KIND}`,
      next_step: expect.stringContaining('attribute "kind" written as type S in the thread record'),
      command: 'carryover quarantine retry acc_1 3',
    });
    expect(found[9]).toMatchObject({
      next_step: expect.stringContaining('waive it here'),
      command: `carryover quarantine waive acc_1 10 --reason 'belongs to another account'`,
    });
  });
});

describe('POST /v2/migrations/{account_id}/quarantine/waive', () => {
  const waive = (body: object) => post(`${base}/waive`, body);

  it('removes a record from what needs a person, and shows who waived it and why', async () => {
    expect((await waive({ records: ['10'], reason: 'it is theirs' })).json()).toEqual({
      account_id: 'acc_1',
      records: 1,
    });
    expect((await failures()).map(({ id }) => id)).not.toContain('10');
    const waived = await get<{ records: Record<string, unknown>[] }>(`${base}?waived=true`);
    expect(waived.records).toMatchObject([
      { id: '10', waiver: { by: 'somebody-operator', reason: 'it is theirs', at: expect.any(String) } },
    ]);
    expect((await get<{ records: unknown[] }>(`${base}?waived=false`)).records).toHaveLength(9);
    const view = await get<{ quarantined: object }>('/v2/migrations/acc_1');
    expect(view.quarantined).toMatchObject({ threads: 2, messages: 8, waived: 1 });
    const { entries } = await get<{ entries: Record<string, unknown>[] }>('/v2/audit?account_id=acc_1');
    expect(entries[0]).toMatchObject({
      action: 'waive-quarantined',
      actor: 'somebody-operator',
      details: { records: 1, ids: '10', reason: 'it is theirs' },
    });
  });

  it('waives a group with its messages, which the report counts separately', async () => {
    const [{ group } = { group: '' }] = await groups();
    expect((await waive({ group, reason: 'test threads' })).json()).toMatchObject({ records: 5 });
    expect((await groups())[0]).toMatchObject({ records: 5, waived: 5 });
    const report = await get<Report>('/v2/report');
    expect([report.counts.quarantine, report.waived]).toEqual([5, 5]);
    const told = report.entries.filter(({ kind }) => kind === 'quarantine');
    expect(told.map(({ what, count }) => [what, count])).toEqual([
      ['2 messages of 1 thread', 2],
      ['2 message records', 2],
      ['message record thr_5/k8', 1],
    ]);
  });

  it('is taken back', async () => {
    const revoke = async () => (await post(`${base}/revoke-waiver`, { records: ['1', '2'] })).json();
    await waive({ records: ['1'], reason: 'hasty' });
    expect(await revoke()).toMatchObject({ records: 1 });
    expect(await revoke()).toMatchObject({ records: 0 });
    expect((await failures()).map(({ id }) => id)).toContain('1');
    const { entries } = await get<{ entries: { action: string }[] }>('/v2/audit?account_id=acc_1');
    expect(entries.map(({ action }) => action)).toContain('revoke-waivers');
  });

  it('requires a reason and a selection of existing records', async () => {
    expect((await waive({ records: ['1'] })).statusCode).toBe(400);
    expect((await waive({ reason: 'why not' })).statusCode).toBe(400);
    expect((await waive({ records: ['99'], reason: 'why not' })).statusCode).toBe(404);
    expect((await post(`${base}/revoke-waiver`, {})).statusCode).toBe(400);
    const service = await tokenFor('service');
    expect((await post(`${base}/waive`, { records: ['1'], reason: 'x' }, service)).statusCode).toBe(403);
  });

  it('has a worker renew a current certificate', async () => {
    const asked = async () =>
      (
        await world.store.pool.query<{ payload: object }>(
          `SELECT payload FROM carryover.workflow_messages WHERE signal = 'retry-quarantined'`,
        )
      ).rows;
    await waive({ records: ['1'], reason: 'x' });
    expect(await asked()).toEqual([]);
    await world.store.pool.query(
      `INSERT INTO carryover.certificates (kind, subject, workflow_id, run_id, document) SELECT 'conversations', source_id, 'w', 'r', '{}' FROM accounts`,
    );
    await waive({ records: ['1'], reason: 'y' });
    expect(await asked()).toMatchObject([{ payload: { records: [], by: 'somebody-operator' } }]);
    await world.store.pool.query('DELETE FROM carryover.certificates');
  });
});

describe('GET /v2/migrations/{account_id}/quarantine/export', () => {
  const exported = async (query = '') => {
    const answer = await world.call('GET', `${base}/export${query}`, { token });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      200,
      'application/x-ndjson; charset=utf-8',
    ]);
    return answer.body;
  };

  it('exports one record a line, with contents only on request, and leaves an audit row', async () => {
    const plain = lines(await exported());
    expect(plain.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
    expect(plain[2]).toMatchObject({ reason: THREAD_NOT_TAKEN, thread_reason: KIND, waiver: null });
    expect(JSON.stringify(plain)).not.toContain('contents of');
    const raw = lines(await exported('?raw=true&table=messages'));
    expect(raw[0]).toMatchObject({ id: '3', raw: { body: { S: 'contents of k1' } } });
    const { entries } = await get<{ entries: { action: string; details: object }[] }>(
      '/v2/audit?account_id=acc_1',
    );
    expect(entries.map(({ action, details }) => [action, details])).toEqual([
      ['export-quarantined', { raw: true, table: 'messages' }],
      ['export-quarantined', { raw: false }],
    ]);
  });

  it('is complete over many pages, and empty if nothing matches', async () => {
    await world.store.pool.query(
      `INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key, identity, reason)
       SELECT 'acc_1', b.id, 'messages', 'many/' || n, 'many' || n, n::text, 'many' || n, 'attribute "direction" is missing'
       FROM brands b, generate_series(1, 1200) n WHERE b.source_id = 'br_1'`,
    );
    for (const query of ['', '?raw=true']) {
      const ids = lines(await exported(query)).map(({ id }) => Number(id));
      expect(ids).toHaveLength(1_210);
      expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    }
    expect(await exported('?reason=nothing+of+the+kind')).toBe('');
  });

  it('is for operators, and for known accounts', async () => {
    expect((await world.call('GET', `${base}/export`, { token: await tokenFor('service') })).statusCode).toBe(
      403,
    );
    expect((await world.call('GET', '/v2/migrations/acc_none/quarantine/export', { token })).statusCode).toBe(
      404,
    );
    expect((await world.call('GET', `${base}/export?raw=perhaps`, { token })).statusCode).toBe(400);
  });
});
