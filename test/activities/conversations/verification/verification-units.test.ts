import { CancelledFailure } from '@temporalio/activity';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SourceTables } from '../../../../gateways/dynamodb/client.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { Verifier } from './verification-world.js';

/** Brands of one account, whose turns are taken in one call. Each has a thread, and 12 messages on three pages. */
const BRANDS = ['br_1_1', 'br_1_2', 'br_1_3', 'br_1_4', 'br_1_5'];
const ACCOUNT = 'acc_1';
const lost = (brandId: string) => `lost_${brandId}`;
/** One page after the other. */
const ONE_BY_ONE = { slicesAtOnce: 1, maxSlices: 2 };

let imported: Promise<string> | undefined;
let world: ImportWorld;
let verifier: Verifier;

beforeEach(async () => {
  imported ??= importOnce();
  world = await ImportWorld.open({ pageRecords: 5, copied: await imported });
  await putRecords(world);
  await world.query(`DELETE FROM messages WHERE source_id LIKE 'lost%'`);
  verifier = new Verifier(world);
});

afterEach(() => world.close());

async function importOnce(): Promise<string> {
  const first = await ImportWorld.open({ pageRecords: 5 });
  await first.account(ACCOUNT, ...BRANDS);
  await putRecords(first);
  await first.migrate(BRANDS);
  return first.leave();
}

async function putRecords(into: ImportWorld): Promise<void> {
  const at = (n: number) => new Date(Date.UTC(2026, 9, 2, n)).toISOString();
  const messagesOf = (brandId: string) =>
    Array.from({ length: 12 }, (_, n) =>
      messageItem(brandId, `thr_${brandId}`, n === 6 ? lost(brandId) : `msg_${brandId}_${n}`, at(n)),
    );
  await into.put(
    'threads',
    BRANDS.map((brandId) => threadItem(brandId, `thr_${brandId}`)),
  );
  await into.put('messages', BRANDS.flatMap(messagesOf));
}

/** What the running pass has read of each brand whose turn has begun: batches, and records as its tallies count them. */
async function readBy(): Promise<Record<string, { readonly batches: number; readonly records: number }>> {
  const rows = await world.query<{ key: string; batches: number; records: number }>(
    `SELECT u.key, sum(w.batches)::integer AS batches,
       (SELECT coalesce(sum(t.read), 0)::integer FROM carryover.tallies t WHERE t.unit_id = u.id AND t.pass <> 'copy') AS records
     FROM carryover.work w JOIN carryover.units u ON u.id = w.unit_id WHERE w.pass <> 'copy' GROUP BY u.id, u.key`,
  );
  return Object.fromEntries(rows.map(({ key, ...read }) => [key, read]));
}

const heldOf = async (brandIds: readonly string[]) =>
  (await world.query('SELECT FROM messages WHERE source_id = ANY ($1::text[])', [brandIds.map(lost)])).length;

/** Finishes the repairing pass, which has read all five brands once, and takes the repair to its end. */
async function endRepair(id: string): Promise<void> {
  const turns = verifier.turns(id, BRANDS, 1, true);
  const rest = await verifier.slices(turns, ONE_BY_ONE);
  expect(rest).toEqual({ finished: true, halted: false, records: 5 * 13 });
  await verifier.finish(turns);
  await endSecondPass(id);
}

/** Everything that was lost must be found and restored. */
async function endSecondPass(id: string): Promise<void> {
  const turns = verifier.turns(id, BRANDS, 2);
  expect(await verifier.slices(turns)).toMatchObject({ finished: true, records: 5 * 13 });
  await verifier.finish(turns);
  expect(await verifier.end(ACCOUNT, id)).toBe('equal');
  const missing = BRANDS.map((brandId) => `messages missing ${lost(brandId)}`);
  expect((await verifier.findings(ACCOUNT)).toSorted()).toEqual(missing);
  expect(await heldOf(BRANDS)).toBe(5);
}

/** The pool of a process that dies at the first commit for which `isDue`: nothing of it reaches the store any more. */
function mortalPool(isDue: () => Promise<boolean>): Pool {
  let isDead = false;
  const mustLive = (): void => {
    if (isDead) throw new Error('this process is dead');
  };
  const living = world.breaking(async (commit) => {
    isDead ||= await isDue();
    mustLive();
    return commit();
  });
  const connect: Pool['connect'] = async () => {
    mustLive();
    return living.connect();
  };
  const query = async (...args: unknown[]): Promise<unknown> => {
    mustLive();
    return Reflect.apply(world.pool.query, world.pool, args);
  };
  return { connect, query } as unknown as Pool;
}

/** Whether the second brand's first page of messages is read. */
const isWithinSecond = async () => ((await readBy())[BRANDS[1]!]?.records ?? 0) >= 6;

test('a worker that dies within the second of five brands is followed by one that reads no page twice', async () => {
  const id = await verifier.ask(ACCOUNT, true);
  const turns = verifier.turns(id, BRANDS, 1, true);
  const dying = new Verifier(world, mortalPool(isWithinSecond));
  const first = world.environment({ activityId: 'one' });
  await expect(dying.slices(turns, ONE_BY_ONE, first)).rejects.toThrow('this process is dead');
  const before = await readBy();
  expect(Object.keys(before).toSorted()).toEqual(BRANDS.slice(0, 2));
  expect(before[BRANDS[0]!]?.records).toBe(13);
  expect(before[BRANDS[1]!]?.records).toBeLessThan(13);

  const next = world.environment({ activityId: 'one', attempt: 2 });
  expect(await verifier.slices(turns, ONE_BY_ONE, next)).toMatchObject({ finished: true });
  const after = await readBy();
  expect(after[BRANDS[0]!]).toEqual(before[BRANDS[0]!]);
  // All five have the same records, and so the same batches.
  expect(after[BRANDS[1]!]).toEqual(before[BRANDS[0]!]);
  await endRepair(id);
});

test('a worker that dies while it finishes the turns is followed by one that finishes the others', async () => {
  const id = await verifier.ask(ACCOUNT, true);
  const turns = verifier.turns(id, BRANDS, 1, true);
  expect(await verifier.slices(turns)).toMatchObject({ finished: true });
  const ended = async () =>
    (await world.query('SELECT FROM carryover.verification_units WHERE ended_at IS NOT NULL')).length;
  const dying = new Verifier(
    world,
    mortalPool(async () => (await ended()) >= 2),
  );
  await expect(dying.finish(turns)).rejects.toThrow('this process is dead');
  expect(await ended()).toBe(2);
  // Finished turns are skipped: their slices are gone.
  expect(await verifier.slices(turns)).toMatchObject({ finished: true, records: 3 * 13 });
  await verifier.finish(turns);
  expect(await ended()).toBe(5);
  await endSecondPass(id);
});

test.each(['paused', 'cancelled'])(
  'a migration that is %s within the second of five brands halts there, and goes on there',
  async (flag) => {
    const id = await verifier.ask(ACCOUNT, true);
    const turns = verifier.turns(id, BRANDS, 1, true);
    const steer = (on: boolean) =>
      world.query(`UPDATE carryover.migrations SET ${flag} = $1`, [on ? { by: 'ann' } : null]);
    const steered = world.breaking(async (commit) => {
      if (await isWithinSecond()) await steer(true);
      return commit();
    });
    const halted = await new Verifier(world, steered).slices(turns, ONE_BY_ONE);
    expect(halted).toMatchObject({ finished: false, halted: true });
    expect(Object.keys(await readBy())).toHaveLength(2);
    expect(await verifier.slices(turns, ONE_BY_ONE)).toMatchObject({ finished: false, halted: true });
    await steer(false);
    expect(await verifier.slices(turns, ONE_BY_ONE)).toMatchObject({ finished: true });
    await endRepair(id);
  },
);

test('a call that Temporal cancels within the second of five brands ends as cancelled, and reads no further', async () => {
  const id = await verifier.ask(ACCOUNT, true);
  const turns = verifier.turns(id, BRANDS, 1, true);
  const environment = world.environment();
  const cancelling = world.breaking(async (commit) => {
    if (await isWithinSecond()) environment.cancel();
    return commit();
  });
  const cancelled = new Verifier(world, cancelling).slices(turns, ONE_BY_ONE, environment);
  await expect(cancelled).rejects.toThrow(CancelledFailure);
  expect(Object.keys(await readBy())).toHaveLength(2);
  expect(await world.query('SELECT FROM carryover.work WHERE leased_by IS NOT NULL')).toEqual([]);
  await endRepair(id);
});

test('a brand whose records cannot be read does not keep the others from being repaired; the next call reads it alone', async () => {
  const id = await verifier.ask(ACCOUNT, true);
  const turns = verifier.turns(id, BRANDS, 1, true);
  const refused = new Verifier(worldThatRefuses(BRANDS[1]!));
  await expect(refused.slices(turns)).rejects.toMatchObject({ type: 'SourceRefused' });
  const before = await readBy();
  const others = BRANDS.filter((brandId) => brandId !== BRANDS[1]);
  expect(others.map((brandId) => before[brandId]?.records)).toEqual([13, 13, 13, 13]);
  expect([await heldOf(others), await heldOf(BRANDS)]).toEqual([4, 4]);

  expect(await verifier.slices(turns)).toMatchObject({ finished: true });
  const after = await readBy();
  for (const brandId of others) expect(after[brandId]).toEqual(before[brandId]);
  await endRepair(id);
});

/** The world with a source that refuses to read the brand's messages. */
function worldThatRefuses(brandId: string): ImportWorld {
  const refusing = <Client extends object>(client: Client): Client =>
    new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'send' || typeof value !== 'function') return value;
        return async (command: { readonly input: unknown }, ...rest: unknown[]) => {
          if (JSON.stringify(command.input).includes(`"${brandId}"`))
            throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
          return (await Reflect.apply(value, target, [command, ...rest])) as unknown;
        };
      },
    });
  const { tables } = world;
  const clients = { ...tables.clients, messages: refusing(tables.clients.messages) };
  const plain = { ...tables.plain, messages: refusing(tables.plain.messages) };
  const refused = { ...tables, clients, plain };
  return Object.assign(Object.create(world) as ImportWorld, { tables: refused satisfies SourceTables });
}
