import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyHints, applyWaiting } from '../../../../activities/conversations/following/apply-hints.js';
import { createCatchUp } from '../../../../activities/conversations/following/catch-up.js';
import { ensureFollowed } from '../../../../activities/conversations/streams/ensure-followed.js';
import type { ApplyHints, Hint } from '../../../../domain/conversations/following/hints.js';
import { CarryoverError } from '../../../../domain/engine/failures/failures.js';
import { systemClock as clock } from '../../../../gateways/clock.js';
import type { SourceTables } from '../../../../gateways/dynamodb/client.js';
import { sourceStream } from '../../../../gateways/dynamodb/streams/source-stream.js';
import { endAllCatchingUp } from '../../../../gateways/store/conversations/account/catching-up.js';
import { recordNews } from '../../../../gateways/store/conversations/account/portings.js';
import { leave } from '../../../../gateways/store/conversations/streams/join.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { setFlag } from '../../../gateways/store/world.js';
import { makeCuttable } from '../../../engine/cuts.js';
import { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { inManyLives } from './many-lives.js';
import { PATIENT } from './patient.js';

const [ACCOUNT, A, B] = ['acc_1', 'br_1_1', 'br_1_2'] as const;
const NUMBER = '+14155550100';
const MINUTE_MS = 60_000;

let undo: () => void;
let world: ImportWorld;
let applied: Hint[];
let beforeApply: () => Promise<void>;
beforeAll(() => void (undo = makeCuttable()));
afterAll(() => undo());
beforeEach(async () => {
  world = await ImportWorld.open();
  [applied, beforeApply] = [[], async () => undefined];
  await world.account(ACCOUNT, A, B);
  for (const brandId of [A, B]) {
    await world.put('threads', [threadItem(brandId, `thr_${brandId}`)]);
    await world.query(
      `INSERT INTO channels (brand_id, source_id, type, name, phone_number, migration)
       SELECT id, 'ch_' || source_id, 'voice', 'Line', $2, '{"status": "porting", "port": true}' FROM brands WHERE source_id = $1`,
      [brandId, NUMBER],
    );
  }
  await world.query(
    `INSERT INTO phone_portings (account_id, channel_id, phone_number, port_order_id, status)
     SELECT a.id, c.id, c.phone_number, 'po_1', 'submitted' FROM channels c JOIN brands b ON b.id = c.brand_id
     JOIN accounts a ON a.id = b.account_id WHERE c.source_id = $1`,
    [`ch_${A}`],
  );
  const streams = {
    threads: sourceStream(world.tables, 'threads'),
    messages: sourceStream(world.tables, 'messages'),
  };
  await ensureFollowed(
    { store: world, clock, streams, streamsWanted: 'off', startFollowers: async () => undefined },
    { accountId: ACCOUNT, brandIds: [A, B] },
  );
  await world.migrate([A, B]);
});
afterEach(() => world.close());

/** The carrier says that the number is ported. */
async function complete(): Promise<void> {
  const state = { status: 'complete', at: new Date(clock.now()).toISOString() } as const;
  const news = { portOrderId: 'po_1', state, reason: null };
  await recordNews(world.store, { accountId: ACCOUNT, channelId: `ch_${A}` }, news);
}

async function put(brandId: string, id: string, agoMs = 0): Promise<void> {
  const at = new Date(clock.now() - agoMs).toISOString();
  await world.put('messages', [messageItem(brandId, `thr_${brandId}`, id, at)]);
}

async function channels(): Promise<string[]> {
  const rows = await world.query<{ status: string }>(
    `SELECT migration ->> 'status' AS status FROM channels ORDER BY source_id`,
  );
  return rows.map(({ status }) => status);
}

async function held(): Promise<string[]> {
  const rows = await world.query<{ id: string }>('SELECT source_id AS id FROM messages ORDER BY 1');
  return rows.map(({ id }) => id);
}

const following = (pool: Pool) => ({ store: { pool }, tables: world.tables, clock, limits: PATIENT });

function catchUp(
  by: 'stream' | 'poll' = 'poll',
  { pool = world.pool, tables = world.tables }: { pool?: Pool; tables?: SourceTables } = {},
): Promise<void> {
  const apply: ApplyHints = async (brand, hints, signal) => {
    await beforeApply();
    applied.push(...hints);
    return applyHints(following(pool), brand, hints, signal);
  };
  const logger = { warn: () => undefined };
  return createCatchUp({ store: { pool }, tables, apply, clock, logger })(by, new AbortController().signal);
}

/** Tables whose indexes do not answer. */
function away(): SourceTables {
  const send = () => {
    throw new CarryoverError('SourceUnavailable', 'DynamoDB is away.');
  };
  const client = { send } as unknown as SourceTables['clients']['threads'];
  return { ...world.tables, clients: { threads: client, messages: client } };
}

test('channels of a ported number are ready once the last messages of all their brands are here', async () => {
  await put(A, 'msg_a');
  await put(B, 'msg_b');
  const seen: string[][] = [];
  beforeApply = async () => void seen.push(await channels());
  await complete();
  expect(await channels()).toEqual(['porting', 'porting']);
  await catchUp('stream');
  expect(await channels()).toEqual(['porting', 'porting']);
  await catchUp();
  expect(seen.flat().every((status) => status === 'porting')).toBe(true);
  expect(await held()).toEqual(['msg_a', 'msg_b']);
  expect(await channels()).toEqual(['ready', 'ready']);
  const before = applied.length;
  await catchUp();
  expect(applied).toHaveLength(before);
});

test('only what following has not read yet is read, and a quarter of an hour more', async () => {
  await world.query('UPDATE carryover.polled_brands SET messages_until = $1, threads_until = $1', [
    new Date(clock.now() - 5 * MINUTE_MS),
  ]);
  await put(A, 'msg_known', 30 * MINUTE_MS);
  await put(A, 'msg_late', 10 * MINUTE_MS);
  await put(A, 'msg_new');
  await complete();
  await catchUp();
  expect(await held()).toEqual(['msg_late', 'msg_new']);
});

test('channels of an account that is no longer followed are ready at once', async () => {
  await transaction(world.pool, 'test', (tx) => leave(tx, ACCOUNT, new Date(clock.now())));
  await complete();
  expect(await channels()).toEqual(['ready', 'ready']);
});

test('the end of following makes waiting channels ready', async () => {
  await complete();
  await transaction(world.pool, 'test', async (tx) => {
    await leave(tx, ACCOUNT, new Date(clock.now()));
    await endAllCatchingUp(tx, ACCOUNT);
  });
  expect(await channels()).toEqual(['ready', 'ready']);
});

test('channels wait for a source that is away, but no longer than ten minutes', async () => {
  await put(A, 'msg_a');
  await complete();
  await expect(catchUp('poll', { tables: away() })).rejects.toMatchObject({ type: 'SourceUnavailable' });
  expect(await channels()).toEqual(['porting', 'porting']);
  await world.query(
    "UPDATE phone_portings SET catching_up_since = catching_up_since - interval '11 minutes'",
  );
  await catchUp('poll', { tables: away() });
  expect(await channels()).toEqual(['ready', 'ready']);
});

test('a paused migration holds up no channel: its changes wait', async () => {
  await put(A, 'msg_a');
  await setFlag(world.pool, ACCOUNT, 'paused', { by: 'operator' });
  await complete();
  await catchUp();
  expect(await channels()).toEqual(['ready', 'ready']);
  expect(await held()).toEqual([]);
  await setFlag(world.pool, ACCOUNT, 'paused', null);
  await applyWaiting(following(world.pool), new AbortController().signal);
  expect(await held()).toEqual(['msg_a']);
});

test.each(['before', 'after'] as const)(
  'wherever a process dies, %s a write, the next one brings the messages and makes the channels ready',
  async (kind) => {
    await put(A, 'msg_a');
    await put(B, 'msg_b');
    await complete();
    const points = await inManyLives(world, kind, (pool) => catchUp('poll', { pool }));
    expect(new Set(points)).toEqual(new Set([`${kind} follow`, `${kind} end-catching-up`]));
    expect(await held()).toEqual(['msg_a', 'msg_b']);
    expect(await channels()).toEqual(['ready', 'ready']);
  },
);
