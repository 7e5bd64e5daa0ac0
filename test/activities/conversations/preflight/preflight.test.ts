import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  preflight,
  type PreflightDependencies,
} from '../../../../activities/conversations/preflight/preflight.js';
import type { MigrationPayload } from '../../../../domain/conversations/payload.js';
import type { Preflight } from '../../../../domain/engine/preflight.js';
import { systemClock } from '../../../../gateways/clock.js';
import { openStore, type Store } from '../../../../gateways/store/sql/connect.js';
import { ImportWorld, RECENT_SINCE } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const AT = '2026-10-15T12:00:00.000Z';
const OLD = '2025-03-01T12:00:00.000Z';
/** So that `recent` begins at RECENT_SINCE. */
const NOW = Date.parse(RECENT_SINCE) + 30 * 86_400_000;

let world: ImportWorld;
/** A pool of the same database on which PostgreSQL refuses to write. */
let readOnly: Store;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: 20 });
  const url = new URL(world.databaseUrl);
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  readOnly = openStore(url.href);
});

afterEach(async () => {
  await readOnly.close();
  await world.close();
});

function payloadOf(
  channels: Readonly<Record<string, MigrationPayload['brands'][number]['channels']>> = { [A]: [] },
): MigrationPayload {
  return {
    account: { account_id: 'acc_1', name: 'Lakeside Dental +1 415 555 0100', locale: 'en-US' },
    brands: Object.entries(channels).map(([brand_id, each]) => ({
      brand_id,
      name: `Brand ${brand_id}`,
      channels: each,
    })),
    messages: { kind: 'dynamodb' },
  };
}

function look(
  payload = payloadOf(),
  { status = 'active', pages }: { readonly status?: 'active' | 'closed'; readonly pages?: number } = {},
): Promise<Preflight> {
  const { account_id, name } = payload.account;
  const conversations: PreflightDependencies['conversations'] = {
    getAccount: async (accountId) => (accountId === account_id ? { account_id, name, status } : undefined),
    getMigrationPayload: async () => payload,
    close: async () => undefined,
  };
  return preflight(
    {
      store: readOnly,
      conversations,
      recentDays: 30,
      clock: { ...systemClock, now: () => NOW },
      tables: world.tables,
      dumps: world.dumps,
      ...(pages !== undefined && { preflightPages: pages }),
    },
    { accountId: account_id },
    new AbortController().signal,
  );
}

test('of a small account everything is read, and what would be quarantined is what the import then quarantines', async () => {
  await world.put('threads', [
    threadItem(A, 'thr_good'),
    threadItem(A, 'thr_bad', { kind: 'pigeon' }),
    threadItem(A, 'thr_foreign', { account_id: 'acc_2' }),
  ]);
  await world.put('messages', [
    messageItem(A, 'thr_good', 'msg_1', AT),
    messageItem(A, 'thr_gone', 'msg_2', AT),
    messageItem(A, 'thr_gone', 'msg_3', OLD),
    messageItem(A, 'thr_bad', 'msg_4', OLD),
    messageItem(A, 'thr_foreign', 'msg_5', AT),
    messageItem(A, 'thr_good', 'msg_6', AT, { account_id: 'acc_2' }),
    messageItem(A, 'thr_good', 'msg_7', OLD, { kind: 'semaphore' }),
  ]);
  const found = await look();
  expect(found).toMatchObject({
    name: 'Lakeside Dental …',
    start: { outcome: 'begins', next_step: null },
    units: { total: 1, surveyed: 1 },
    records: [
      { stage: 'threads', low: 3, high: 3, exact: true },
      { stage: 'messages', low: 7, high: 7, exact: true },
    ],
    sample: { records: 10, complete: true, stopped: null },
    quarantine: { records: 8 },
    time: { seconds: { from: expect.any(Number) } },
    cost: { temporal_actions: { from: 15, to: 18 } },
  });
  expect(found.bytes).toEqual({ low: found.sample.bytes, high: found.sample.bytes, exact: true });

  await world.account('acc_1', A);
  await world.migrate([A]);
  const imported: Record<string, number> = {};
  for (const reason of Object.values(await world.reasons())) imported[reason] = (imported[reason] ?? 0) + 1;
  const foreseen: Record<string, number> = {};
  for (const { reason, records } of found.quarantine.reasons)
    foreseen[reason] = (foreseen[reason] ?? 0) + records;
  expect(foreseen).toEqual(imported);
  expect(JSON.stringify(found)).not.toContain('text of');
});

test('of a large brand some pages are read, and the truth lies within the bounds', async () => {
  await world.putHourly(A, 600);
  const found = await look();
  const [threads, messages] = found.records;
  expect(threads).toEqual({ stage: 'threads', low: 1, high: 1, exact: true });
  expect(messages).toMatchObject({ exact: false });
  expect(messages?.low).toBeLessThanOrEqual(600);
  expect(messages?.high).toBeGreaterThanOrEqual(600);
  expect(found.sample).toMatchObject({ records: 61, complete: false, stopped: null });
  expect(found.quarantine.records).toBe(0);
  const truth = (600 * found.sample.bytes) / 61;
  expect(found.bytes.low).toBeLessThan(truth);
  expect(found.bytes.high).toBeGreaterThan(truth * 0.9);
});

test('unread brands are reported: the pages are used up before the second brand', async () => {
  await world.putHourly(A, 100);
  await world.put('threads', [threadItem(B, 'thr_2')]);
  const found = await look(payloadOf({ [A]: [], [B]: [] }), { pages: 7 });
  expect(found.units).toMatchObject({
    total: 2,
    surveyed: 1,
    listed: [{ unit: A }, { unit: B, records: null }],
  });
  expect(found.records[1]).toMatchObject({ stage: 'messages', high: null, exact: false });
  expect(found.sample).toMatchObject({ pages: 7, stopped: 'A preflight reads at most 7 pages.' });
  expect(found.time.seconds).toBeNull();
  expect(found.cost.dollars).toBeNull();
  expect(found.unchecked[0]).toBe('The records of one brand, which are in none of the counts.');
});

test('channels that cannot be created are named with all reasons, and numbers that would be ported are counted once', async () => {
  const [free, taken] = ['+14155550101', '+14155550102'];
  await world.query(
    `WITH other AS (INSERT INTO accounts (source_id, name) VALUES ('acc_9', 'Other') RETURNING id),
       brand AS (INSERT INTO brands (account_id, source_id, name) SELECT id, 'br_9', 'Other' FROM other RETURNING id)
     INSERT INTO channels (brand_id, source_id, type, phone_number) SELECT id, 'ch_9', 'sms', $1 FROM brand`,
    [taken],
  );
  const found = await look(
    payloadOf({
      [A]: [
        { channel_id: 'ch_1', type: 'sms', phone_number: free, port_phone_number: true },
        { channel_id: 'ch_2', type: 'voice', phone_number: free, port_phone_number: true },
        { channel_id: 'ch_3', type: 'sms', phone_number: taken, port_phone_number: true },
        { channel_id: 'ch_9', type: 'carrier pigeon!' },
      ],
      br_9: [{ channel_id: 'ch_5', type: 'email' }],
    }),
  );
  const of = (channel: string) => `Channel ${channel} of brand ${A} (account acc_1)`;
  expect(found.parts).toMatchObject({
    ...{ total: 4, made: 0, to_make: 2, impossible: 2 },
    problems: [
      { unit: A, part: 'ch_3', reason: `${of('ch_3')} has a phone number that another account holds.` },
      {
        unit: A,
        part: 'ch_9',
        reason: `${of('ch_9')} has a type that is none of sms, voice, email, chat, social, and has an id that belongs to a channel of another brand here.`,
      },
      { unit: 'br_9', part: null, reason: expect.stringContaining('belongs to another account here') },
    ],
  });
  expect(found.ports).toEqual({ to_order: 1, open: 0, ended: 0 });
  expect(found.units.listed.map(({ unit }) => unit)).toEqual([A]);
  expect(JSON.stringify(found)).not.toContain('415555');
});

test('only the remaining work is counted, and a start of a running or completed migration changes nothing', async () => {
  await world.putHourly(A, 10);
  await world.put('messages', [messageItem(A, 'thr_1', 'msg_old', OLD)]);
  await world.account('acc_1', A);
  await world.query(`UPDATE brands SET migration = '{"status":"recent-messages-migrated"}'`);
  await world.query(`UPDATE accounts SET migration = migration || '{"status":"recent-messages-migrated"}'`);
  await world.query(
    `UPDATE carryover.migrations SET started = true, paused = '{"by":"ann","since":"2026-10-02"}'`,
  );
  expect(await look()).toMatchObject({
    start: { outcome: 'runs', next_step: 'Resume it: carryover resume acc_1' },
    units: { listed: [{ phases: ['remaining'] }] },
    records: [{ stage: 'threads' }, { stage: 'messages', low: 1, high: 1, exact: true }],
  });
  await world.query(`UPDATE brands SET migration = '{"status":"all-messages-migrated"}'`);
  expect(await look()).toMatchObject({ start: { outcome: 'done' }, records: [{ high: 0 }, { high: 0 }] });
});

test('the reason why a start is impossible is the answer; an unknown account is an error', async () => {
  expect(await look(undefined, { status: 'closed' })).toMatchObject({
    start: { outcome: 'refused', sentence: 'Account acc_1 is closed in Conversations.' },
    time: { seconds: null },
  });
  expect(await look(payloadOf({}))).toMatchObject({
    start: { outcome: 'refused', sentence: 'The migration payload of account acc_1 has no brands.' },
  });
  const nobody = payloadOf();
  const asked = preflight(
    {
      store: readOnly,
      conversations: {
        getAccount: async () => undefined,
        getMigrationPayload: async () => nobody,
        close: async () => undefined,
      },
      ...{ recentDays: 30, clock: systemClock, tables: world.tables, dumps: world.dumps },
    },
    { accountId: 'acc_1' },
    new AbortController().signal,
  );
  await expect(asked).rejects.toMatchObject({ type: 'AccountUnknown' });
});
