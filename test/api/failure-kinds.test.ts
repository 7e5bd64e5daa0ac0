import { migrationOf } from '../../domain/conversations/migration.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import type { FailureEntry, FailureKind } from '../../domain/engine/failed-things.js';
import { FAILURES, type Failure } from '../../domain/engine/failures.js';
import type { MigrationPayload } from '../../domain/conversations/payload.js';
import type { Report } from '../../domain/engine/report.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import type { Transaction } from '../../gateways/store/sql/transaction.js';
import { takePayload } from '../../gateways/store/conversations/account/preparations.js';
import { provisionChannels } from '../../gateways/store/conversations/account/channels.js';
import { noteRetry } from '../../gateways/store/migrations/retries.js';
import { forgetVerifications } from '../../gateways/store/conversations/verify/verifications.js';
import * as statuses from '../../gateways/store/conversations/status/statuses.js';
import { apiWorld, meet, tokenFor, type World } from './world.js';

let world: World;
let token: string;
let accounts = 0;
beforeAll(async () => {
  world = await apiWorld();
  token = await tokenFor('operator');
});
afterAll(() => world.close());

/** A started account of its own for each test, with one brand. */
async function started() {
  accounts += 1;
  const [accountId, brandId] = [`acc_k${accounts}`, `br_k${accounts}`];
  await meet(world, accountId, { brand: brandId, sms: `ch_k${accounts}s`, email: `ch_k${accounts}e` });
  const ids = { accountId, brandId };
  const start = (at: string) => within((tx) => statuses.beginStart(tx, accountId, 'app', clock(at)));
  await start('2026-01-01T00:00:00Z');
  return {
    ...ids,
    start,
    fail: (
      during: 'channels' | 'recent' | 'remaining',
      at: string,
      type: Failure['type'] = 'SourceUnavailable',
    ) =>
      within((tx) =>
        statuses.recordBrandFailure(
          tx,
          ids,
          { during, failure: { type, message: `${type} at ${at}` } },
          clock(at),
        ),
      ),
    become: (status: Parameters<typeof statuses.setBrandStatus>[2]) =>
      within((tx) => statuses.setBrandStatus(tx, ids, status)),
    entries: (kind?: FailureKind) => failures(accountId, kind),
  };
}

const clock = (at: string) => ({ clock: { now: () => Date.parse(at) } });
const within = <T>(work: (tx: Transaction) => Promise<T>) => transaction(world.store.control, 'test', work);

async function get<Body>(path: string): Promise<Body> {
  const answer = await world.call('GET', path, { token });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<Body>();
}

async function failures(accountId: string, kind?: FailureKind): Promise<FailureEntry[]> {
  const query = `account_id=${accountId}${kind === undefined ? '' : `&kind=${kind}`}`;
  return (await get<{ failures: FailureEntry[] }>(`/v2/failures?${query}`)).failures;
}

test('recent messages that fail again and again stay one failure, also while a start is under way', async () => {
  const { accountId, brandId, start, fail, become, entries } = await started();
  await fail('recent', '2026-01-01T00:05:00Z');
  await fail('recent', '2026-01-01T00:05:01Z');
  for (const minute of [6, 7, 8]) {
    await start(`2026-01-01T00:0${minute}:00Z`);
    expect(await entries()).toMatchObject([{ since: '2026-01-01T00:05:00.000Z', times: minute - 5 }]);
    await fail('recent', `2026-01-01T00:0${minute}:30Z`, minute === 7 ? 'CheckUnequal' : 'StoreUnavailable');
  }
  expect(await entries('recent-messages')).toMatchObject([
    {
      kind: 'recent-messages',
      account_id: accountId,
      brand_id: brandId,
      what: `recent messages of brand ${brandId}`,
      since: '2026-01-01T00:05:00.000Z',
      times: 4,
      message: 'StoreUnavailable at 2026-01-01T00:08:30Z',
      next_step: expect.stringContaining('PostgreSQL'),
      command: `carryover retry ${accountId}`,
    },
  ]);
  const { counts } = await get<Report>('/v2/report');
  expect(counts).toMatchObject({ 'recent-messages': 1, brand: 0, 'remaining-messages': 0, verification: 0 });

  await start('2026-01-01T00:09:00Z');
  await become('recent-messages-migrated');
  expect(await entries()).toEqual([]);
});

test('an unequal check names the repair', async () => {
  const { accountId, fail, entries } = await started();
  await fail('recent', '2026-01-01T00:05:00Z', 'CheckUnequal');
  expect(await entries()).toMatchObject([{ command: `carryover verify ${accountId} --repair` }]);
  await within((tx) => statuses.recordCancellation(tx, accountId, 'ann'));
  expect(await entries()).toEqual([]);
});

test('remaining messages stay a failure until they are all here', async () => {
  const { start, fail, become, entries } = await started();
  await become('recent-messages-migrated');
  await fail('remaining', '2026-01-01T00:05:00Z');
  await start('2026-01-01T00:06:00Z');
  expect(await entries()).toMatchObject([{ kind: 'remaining-messages', times: 1 }]);
  await become('all-messages-migrated');
  expect(await entries()).toEqual([]);
});

test('a brand whose channels could not be made is a failure until they are', async () => {
  const { accountId, brandId, start, fail, entries } = await started();
  await fail('channels', '2026-01-01T00:05:00Z', 'ChannelImpossible');
  await start('2026-01-01T00:06:00Z');
  expect(await entries()).toMatchObject([
    { kind: 'brand', what: `brand ${brandId}`, since: '2026-01-01T00:05:00.000Z', times: 1 },
  ]);
  await provisionChannels(world.store, { accountId, brandId }, []);
  expect(await entries()).toEqual([]);
});

test('an account that is closed is a failure until a payload of it was taken', async () => {
  const { accountId, start, entries } = await started();
  const closed = { type: 'AccountClosed', message: 'closed' } as const;
  await within((tx) => statuses.recordAccountFailure(tx, accountId, closed, clock('2026-01-02T00:00:00Z')));
  await start('2026-01-02T00:01:00Z');
  expect(await entries()).toMatchObject([
    { kind: 'brand', brand_id: '', what: `account ${accountId}`, since: '2026-01-02T00:00:00.000Z' },
  ]);
  await takePayload(world.store, world.conversations.payloads.get(accountId) as MigrationPayload, 30);
  expect(await entries()).toEqual([]);
});

test('a brand that is another account’s here is one failure through all starts', async () => {
  const owner = await started();
  const { accountId, entries, start } = await started();
  const payload = world.conversations.payloads.get(accountId) as MigrationPayload;
  const foreign = {
    ...payload,
    brands: [...payload.brands, { ...payload.brands[0]!, brand_id: owner.brandId, channels: [] }],
  };
  await takePayload(world.store, foreign, 30, clock('2026-01-02T00:00:00Z'));
  await start('2026-01-02T00:01:00Z');
  const expected = { kind: 'brand', brand_id: owner.brandId, since: '2026-01-02T00:00:00.000Z' };
  expect(await entries()).toMatchObject([{ ...expected, times: 1 }]);
  await takePayload(world.store, foreign, 30, clock('2026-01-02T00:02:00Z'));
  expect(await entries()).toMatchObject([{ ...expected, times: 2 }]);
});

test('every failure of the kind brand is on one page, whichever sort it is', async () => {
  for (const failing of [await started(), await started()])
    await failing.fail('channels', '2026-01-01T00:05:00Z', 'ChannelImpossible');
  const all = (await get<{ failures: FailureEntry[] }>('/v2/failures?kind=brand')).failures;
  expect(all.length).toBeGreaterThan(2);
  const paged: FailureEntry[] = [];
  let cursor: string | null = '';
  do {
    const page: { failures: FailureEntry[]; next_cursor: string | null } = await get(
      `/v2/failures?kind=brand&limit=1${cursor ? `&cursor=${cursor}` : ''}`,
    );
    paged.push(...page.failures);
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(paged).toEqual(all);
});

async function verification(accountId: string, state: string, at: string, differences = 0): Promise<void> {
  const { rows } = await world.store.pool.query<{ id: string }>(
    `INSERT INTO carryover.verifications (kind, subject, repair, state, asked_by, ended_at, failure)
     VALUES ('conversations', $1, false, $2, 'ann', $3, $4::jsonb) RETURNING id`,
    [
      accountId,
      state,
      at,
      state === 'failed' ? JSON.stringify({ type: 'SourceRefused', message: 'refused' }) : null,
    ],
  );
  await world.store.pool.query(
    `WITH turn AS (
       INSERT INTO carryover.verification_units (verification_id, unit_id, pass, imported)
       SELECT $1, b.unit_id, 1, true FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $2 RETURNING *)
     INSERT INTO carryover.verification_differences (verification_id, unit_id, pass, source_table, difference, count, samples)
     SELECT verification_id, unit_id, pass, 'messages', kind, $3::bigint, '[]' FROM turn, unnest('{missing,new}'::text[]) kind
     WHERE $3::bigint > 0`,
    [rows[0]?.id, accountId, differences],
  );
}

test('a verification that found differences stays a failure until another ends equal', async () => {
  const { accountId, entries } = await started();
  await verification(accountId, 'equal', '2026-01-01T00:00:00Z');
  expect(await entries()).toEqual([]);
  await verification(accountId, 'unequal', '2026-01-02T00:00:00Z', 2);
  await verification(accountId, 'unequal', '2026-01-03T00:00:00Z', 3);
  await verification(accountId, 'failed', '2026-01-04T00:00:00Z');
  expect(await entries()).toMatchObject([
    {
      kind: 'verification',
      account_id: accountId,
      brand_id: '',
      what: `verification of account ${accountId}`,
      since: '2026-01-02T00:00:00.000Z',
      times: 3,
      message: 'messages missing: 3',
      command: `carryover verify ${accountId} --repair`,
    },
  ]);
  const view = await get<{ unequal_verification: unknown }>(`/v2/migrations/${accountId}`);
  expect(view).toMatchObject({
    verification: { state: 'failed' },
    unequal_verification: { state: 'unequal', ended_at: '2026-01-03T00:00:00.000Z' },
  });
  await verification(accountId, 'equal', '2026-01-05T00:00:00Z');
  expect(await entries()).toEqual([]);
  expect(await get(`/v2/migrations/${accountId}`)).toMatchObject({ unequal_verification: null });
});

test('a reset forgets what a verification found', async () => {
  const { accountId, entries } = await started();
  await verification(accountId, 'unequal', '2026-01-02T00:00:00Z', 2);
  await within((tx) => forgetVerifications(tx, accountId));
  expect(await entries()).toEqual([]);
});

test('attachments that wait for more than a day are reported, brand by brand', async () => {
  const { accountId, brandId, become, entries } = await started();
  await become('recent-messages-migrated');
  await become('all-messages-migrated');
  await world.store.pool.query(
    `WITH b AS (SELECT id FROM brands WHERE source_id = $1),
       m AS (INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
         VALUES (1, 'msg_' || $1, 'in', 'text', now(), 'k', 't') RETURNING id)
     INSERT INTO attachments (message_id, brand_id, source_id, source_url, waiting_since)
     SELECT m.id, b.id, 'att_' || n, 'http://files.example', now() - interval '23 hours' FROM m, b, generate_series(1, 3) n`,
    [brandId],
  );
  expect(await entries()).toEqual([]);
  await world.store.pool.query(
    `UPDATE attachments SET waiting_since = now() - interval '25 hours' WHERE brand_id = (SELECT id FROM brands WHERE source_id = $1)`,
    [brandId],
  );
  expect(await entries()).toMatchObject([
    {
      kind: 'attachments',
      what: `3 attachments of brand ${brandId} that wait for more than a day`,
      command: `carryover attachments retry ${accountId} --brand ${brandId}`,
    },
  ]);
  await world.store.pool.query(
    "UPDATE attachments SET stored_url = 'file:///x' WHERE brand_id = (SELECT id FROM brands WHERE source_id = $1)",
    [brandId],
  );
  expect(await entries()).toEqual([]);
});

test('a port in exception gets one advice everywhere: the carrier mends it, a retry leaves it alone', async () => {
  const { accountId, brandId, entries } = await started();
  const phoneNumber = '+15550003333';
  const [channelId] = [`ch_k${accounts}s`];
  const source = { channelId, type: 'sms', name: null, phoneNumber, port: true, mistakes: [] } as const;
  await provisionChannels(world.store, { accountId, brandId }, [source]);
  await world.store.pool.query(
    "UPDATE phone_portings SET port_order_id = 'po_x', status = 'submitted', status_at = 'epoch' WHERE phone_number = $1",
    [phoneNumber],
  );
  const news = {
    port_order_id: 'po_x',
    channel_id: channelId,
    phone_number: phoneNumber,
    reason: 'Name differs',
  };
  expect((await world.callback({ ...news, status: 'exception' })).statusCode).toBe(204);

  const [entry] = await entries('porting');
  const advice = FAILURES.CarrierException.nextStep;
  expect(entry).toMatchObject({ next_step: advice, command: `carryover status ${accountId}` });
  const channel = async () => {
    const { brands } = await get<MigrationView>(`/v2/migrations/${accountId}`);
    return brands[0]?.channels.find((each) => each.channel_id === channelId);
  };
  expect(await channel()).toMatchObject({ migration_status: 'failure', failure: { next_step: advice } });
  await world.call('POST', `/v2/migrations/${accountId}/retry`, { token });
  expect(await entries('porting')).toEqual([entry]);
  await world.callback({ ...news, status: 'complete' }, { id: 'msg_2', at: '2026-03-02T10:00:00.000Z' });
  expect(await entries('porting')).toEqual([]);
  expect(await channel()).toMatchObject({ migration_status: 'ready', failure: null });
});

test('what is tried again is in the view and is no failure', async () => {
  const { accountId, brandId, entries } = await started();
  await noteRetry(world.store.pool, {
    migration: migrationOf(accountId),
    runId: 'run',
    activityId: '1',
    activity: 'importSlices',
    unit: brandId,
    phase: 'recent',
    type: 'SourceUnavailable',
    message: 'DynamoDB does not answer.',
    attempt: 13,
    nextTryInMs: 60_000,
    attemptLimitMs: 600_000,
  });
  expect(await get(`/v2/migrations/${accountId}`)).toMatchObject({
    retrying: [
      {
        what: `importing recent messages of brand ${brandId}`,
        brand_id: brandId,
        channel_id: null,
        tasks: 1,
        type: 'SourceUnavailable',
        message: 'DynamoDB does not answer.',
        attempt: 13,
        next_try_at: expect.any(String),
      },
    ],
  });
  expect(await entries()).toEqual([]);
});
