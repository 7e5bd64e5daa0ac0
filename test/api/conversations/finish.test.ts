import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import { joinPolling } from '../../../gateways/store/conversations/streams/join.js';
import { endVerification } from '../../../gateways/store/conversations/verify/verifications.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { leadBrand } from '../../gateways/store/world.js';
import { apiWorld, meet, tokenFor, type World } from '../world.js';

const REASON = 'CONVERSATIONS_STREAMS is off.';

let world: World;
let operator: string;
beforeAll(async () => {
  world = await apiWorld();
  operator = await tokenFor('operator');
});
afterAll(() => world.close());

const query = <Row>(sql: string, values: unknown[] = []) =>
  world.store.pool.query(sql, values).then(({ rows }) => rows as Row[]);
const call = (accountId: string, what: string, token = operator) =>
  world.call('POST', `/v2/migrations/${accountId}/${what}`, { token });
const finish = (accountId: string, token = operator) => call(accountId, 'finish', token);
const get = async <Answer>(path: string) =>
  (await world.call('GET', path, { token: operator })).json<Answer>();
const following = async (accountId: string) =>
  (await get<MigrationView>(`/v2/migrations/${accountId}`)).following;
const problem = async (accountId: string) => {
  const answer = await finish(accountId);
  return { status: answer.statusCode, detail: answer.json<{ detail: string }>().detail };
};

interface Failure {
  readonly kind: string;
  readonly account_id: string;
  readonly brand_id: string;
  readonly what: string;
  readonly message: string;
  readonly next_step: string;
  readonly command: string;
}
const failures = async (accountId?: string) =>
  (
    await get<{ failures: Failure[] }>(
      `/v2/failures?kind=following${accountId === undefined ? '' : `&account_id=${accountId}`}`,
    )
  ).failures;

/** An account that is known, not started. */
async function known(name: string): Promise<string> {
  const accountId = `acc_${name}`;
  await meet(world, accountId, { brand: `br_${name}`, sms: `ch_${name}`, email: `chm_${name}` });
  return accountId;
}

async function started(name: string): Promise<string> {
  const accountId = await known(name);
  const token = await tokenFor('service');
  await world.call('POST', '/v2/start-migration', { token, body: { account_id: accountId } });
  return accountId;
}

/** An account whose messages are all migrated, and that is followed. */
async function followed(name: string): Promise<string> {
  const accountId = await started(name);
  await leadBrand(world.store, accountId, `br_${name}`, [
    'recent-messages-migrated',
    'all-messages-migrated',
  ]);
  await joinPolling(world.store.pool, { accountId, brandIds: [`br_${name}`], at: new Date() }, REASON);
  await polled(accountId, '0 minutes');
  return accountId;
}

/** The account's brands were polled last so long ago. */
async function polled(accountId: string, ago: string): Promise<void> {
  await query(
    `UPDATE carryover.polled_brands SET polled_at = now() - $2::interval
     WHERE brand_id IN (SELECT brand_id FROM carryover.followed_brands WHERE account_id = $1)`,
    [accountId, ago],
  );
}

async function end(accountId: string): Promise<void> {
  const [running] = await query<{ id: string }>(
    `SELECT id FROM carryover.verifications WHERE subject = $1 AND state = 'running'`,
    [accountId],
  );
  await transaction(world.store.control, 'test', (tx) => endVerification(tx, running!.id, undefined));
}

async function port(accountId: string, status: string): Promise<void> {
  const name = accountId.slice('acc_'.length);
  await query(
    `INSERT INTO phone_portings (account_id, channel_id, phone_number, port_order_id, status)
     SELECT a.id, c.id, c.phone_number, 'po_' || c.id, $3 FROM accounts a JOIN channels c ON c.source_id = $2 WHERE a.source_id = $1`,
    [accountId, `ch_${name}`, status],
  );
}

describe('POST /v2/migrations/{account_id}/finish', () => {
  test('ends following with a last verification; said again it changes nothing', async () => {
    const accountId = await followed('plain');
    expect(await following(accountId)).toMatchObject({
      by: 'poll',
      until: null,
      finishing: null,
      note: `It is polled, since it cannot be followed by streams. ${REASON}`,
    });
    const under = {
      account_id: accountId,
      migration_status: 'all-messages-migrated',
      finished: false,
    };
    for (let time = 0; time < 2; time += 1) {
      const answer = await finish(accountId);
      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toEqual(under);
    }
    expect(await get(`/v2/migrations/${accountId}`)).toMatchObject({
      following: {
        until: null,
        finishing: { reason: 'operator', by: 'somebody-operator', open_ports: null },
      },
      verification: { state: 'running', repair: true, asked_by: 'somebody-operator' },
    });
    await end(accountId);
    expect(await following(accountId)).toMatchObject({
      until: expect.any(String),
      finishing: { reason: 'operator', open_ports: 0 },
    });
    expect((await finish(accountId)).json()).toEqual({ ...under, finished: true });
    const { entries } = await get<{ entries: { action: string; actor: string }[] }>(
      `/v2/audit?account_id=${accountId}`,
    );
    expect(entries.filter(({ action }) => action === 'finish')).toMatchObject(
      Array.from({ length: 3 }, () => ({ actor: 'somebody-operator' })),
    );
    expect(await query('SELECT FROM carryover.verifications WHERE subject = $1', [accountId])).toHaveLength(
      1,
    );
  });

  test('says why there is nothing to finish yet', async () => {
    const accountId = await known('early');
    expect(await problem(accountId)).toEqual({
      status: 409,
      detail: expect.stringContaining('not been started'),
    });
    await world.call('POST', '/v2/start-migration', {
      token: await tokenFor('service'),
      body: { account_id: accountId },
    });
    expect(await problem(accountId)).toEqual({
      status: 409,
      detail: expect.stringContaining('not all messages'),
    });
    await call(accountId, 'cancel');
    expect(await problem(accountId)).toEqual({
      status: 409,
      detail: expect.stringContaining('is cancelled'),
    });
  });

  test('refuses a paused account, and one that was never followed', async () => {
    const paused = await followed('paused');
    await query('UPDATE carryover.migrations SET paused = $2 WHERE subject = $1', [paused, { by: 'ann' }]);
    expect(await problem(paused)).toEqual({ status: 409, detail: expect.stringContaining('is paused') });

    const dump = await followed('dump');
    await query('DELETE FROM carryover.followed_accounts WHERE account_id = $1', [dump]);
    await query(
      `UPDATE accounts SET migration = migration || '{"dump": {"bucket": "b", "prefix": "p"}}' WHERE source_id = $1`,
      [dump],
    );
    expect(await problem(dump)).toEqual({ status: 409, detail: expect.stringContaining('never followed') });
    expect(await following(dump)).toMatchObject({
      by: null,
      since: null,
      added: 0,
      note: expect.stringContaining('a dump, which cannot be followed'),
    });
  });

  test('is for operators; 404 for an unknown account', async () => {
    const accountId = await followed('roles');
    expect((await finish(accountId, await tokenFor('service'))).statusCode).toBe(403);
    expect((await finish(accountId, await tokenFor('app', accountId))).statusCode).toBe(403);
    expect((await finish('acc_nobody')).statusCode).toBe(404);
  });

  test('a port that is ordered again keeps the account followed, and has a finished one followed again', async () => {
    const accountId = await followed('again');
    await port(accountId, 'refused');
    await finish(accountId);
    await call(accountId, 'retry');
    await end(accountId);
    expect(await following(accountId)).toMatchObject({ until: null, finishing: null });

    await finish(accountId);
    await end(accountId);
    await query(`UPDATE phone_portings SET status = 'cancelled' WHERE port_order_id IS NULL OR true`);
    await call(accountId, 'retry');
    expect(
      await query(
        'SELECT until IS NULL AS open, again FROM carryover.followed_accounts WHERE account_id = $1',
        [accountId],
      ),
    ).toEqual([{ open: false, again: true }]);
  });
});

describe('GET /v2/failures?kind=following', () => {
  test('lists a stream that is late, for no single account', async () => {
    await query(
      `INSERT INTO carryover.follow_tables (source_table, stream_arn) VALUES ('messages', 'arn:1')`,
    );
    await query(
      `INSERT INTO carryover.follow_shards (source_table, shard_id, read_until) VALUES ('messages', 's1', now() - interval '4 minutes')`,
    );
    expect(await failures()).toEqual([]);
    await query(`UPDATE carryover.follow_shards SET read_until = now() - interval '90 minutes'`);
    expect(await failures()).toMatchObject([
      {
        kind: 'following',
        account_id: '',
        brand_id: '',
        what: 'stream of the table of messages',
        message: expect.stringContaining('90 minutes later'),
        next_step: expect.stringContaining('Check that workers run'),
        command: 'carryover failures',
      },
    ]);
    expect(await failures('acc_plain')).toEqual([]);
    await query('DELETE FROM carryover.follow_tables');
  });

  test('lists brands that were not polled for long, with the reason of the source', async () => {
    const accountId = await followed('unpolled');
    await polled(accountId, '14 minutes');
    expect(await failures(accountId)).toEqual([]);
    await polled(accountId, '90 minutes');
    const failure = JSON.stringify({
      type: 'SourceRefused',
      message: 'The source refuses.',
      at: '2026-01-01T00:00:00Z',
    });
    await query('UPDATE carryover.polled_brands SET failure = $1 WHERE brand_id = $2', [
      failure,
      'br_unpolled',
    ]);
    expect(await failures(accountId)).toMatchObject([
      {
        account_id: accountId,
        brand_id: 'br_unpolled',
        what: 'new messages of brand br_unpolled',
        message: 'The source was not polled for 90 minutes. The source refuses.',
        next_step: expect.stringContaining('by_brand'),
        command: `carryover status ${accountId}`,
      },
    ]);
    await query('UPDATE carryover.migrations SET paused = $2 WHERE subject = $1', [accountId, { by: 'ann' }]);
    expect(await failures(accountId)).toEqual([]);
  });

  test('lists changes that were missed, and those that wait', async () => {
    const accountId = await followed('missed');
    await query(
      `UPDATE carryover.followed_brands SET gap = jsonb_build_object('reason', 'too-old', 'until', now()) WHERE account_id = $1`,
      [accountId],
    );
    await query(
      `INSERT INTO carryover.waiting_hints (brand_id, source_table, key_hash, key, since)
       SELECT id, 'messages', 'h' || n, '[]', now() - interval '59 minutes' FROM brands, generate_series(1, 2) n WHERE source_id = 'br_missed'`,
    );
    const gap = {
      brand_id: 'br_missed',
      message: 'The stream no longer kept changes that were not read yet: some are missing.',
      command: `carryover verify ${accountId} --repair`,
    };
    expect(await failures(accountId)).toMatchObject([gap]);
    await query(`UPDATE carryover.waiting_hints SET since = now() - interval '2 hours'`);
    expect(await failures(accountId)).toMatchObject([
      gap,
      {
        brand_id: 'br_missed',
        what: '2 changes of brand br_missed',
        command: `carryover status ${accountId}`,
      },
    ]);
    const page = await get<{ next_cursor: string; failures: Failure[] }>(
      `/v2/failures?account_id=${accountId}&limit=1`,
    );
    const next = await get<{ failures: Failure[] }>(
      `/v2/failures?account_id=${accountId}&limit=1&cursor=${page.next_cursor}`,
    );
    expect(next.failures).toMatchObject([{ what: '2 changes of brand br_missed' }]);
    await query('UPDATE carryover.migrations SET paused = $2 WHERE subject = $1', [accountId, { by: 'ann' }]);
    expect(await failures(accountId)).toMatchObject([{ command: `carryover resume ${accountId}` }]);
    const { counts } = await get<{ counts: Record<string, number> }>('/v2/report');
    expect(counts['following']).toBe(1);
  });

  test('lists an account whose following has ended by its time, until a repair has brought the rest', async () => {
    const accountId = await followed('long');
    await port(accountId, 'foc');
    await finish(accountId);
    await query(
      `UPDATE carryover.followed_accounts SET finishing = finishing || '{"reason": "max-days"}', since = now() - interval '60 days'
       WHERE account_id = $1`,
      [accountId],
    );
    expect(await failures(accountId)).toEqual([]);
    await end(accountId);
    expect(await failures(accountId)).toMatchObject([
      {
        account_id: accountId,
        brand_id: '',
        what: `following of account ${accountId}`,
        message: expect.stringContaining('after 60 days (FOLLOW_MAX_DAYS), while 1 port was open'),
        next_step: expect.stringContaining('Settle the open ports (1)'),
        command: `carryover status ${accountId}`,
      },
    ]);
    await query(`UPDATE phone_portings SET status = 'complete', status_at = now() WHERE status = 'foc'`);
    const repair = `carryover verify ${accountId} --repair`;
    expect(await failures(accountId)).toMatchObject([{ command: repair }]);
    await query(
      `INSERT INTO carryover.verifications (kind, subject, repair, state, asked_by, ended_at)
       VALUES ('conversations', $1, true, 'equal', 'ann', now())`,
      [accountId],
    );
    expect(await failures(accountId)).toEqual([]);
  });
});
