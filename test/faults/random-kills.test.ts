import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { mix } from '../../dev/sample/generator/random.js';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { type FaultProxy, startFaultProxy } from '../e2e/fault-proxy.js';
import { addAccount, startMigration, untilDone } from '../e2e/more-accounts.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';

/** For longer runs; the same seed kills at the same places, as far as processes do the same twice. */
const KILLS = Number(process.env['CARRYOVER_KILLS'] ?? '4');
const SEED = Number(process.env['CARRYOVER_SEED'] ?? '1');
const MESSAGES = 7_500;

describe(`${KILLS} kills at random moments of imports (seed ${SEED})`, () => {
  let proxy: FaultProxy;
  let carryover: Carryover;
  const accounts: SampleAccount[] = [];

  beforeAll(async () => {
    proxy = await startFaultProxy();
    carryover = await startCarryover({
      account: { seed: SEED * 1_000, brands: 2, threads: 500, messages: MESSAGES, dirt: 'all' },
      environment: { DYNAMODB_ENDPOINT: proxy.url },
    });
    proxy.target = carryover.stack.env.DYNAMODB_ENDPOINT;
    accounts.push(carryover.world.account);
  });
  afterAll(async () => {
    await carryover?.stop();
    await proxy?.stop();
  });

  const read = async (accountId: string) => {
    const { rows } = await carryover.store.query<{ read: string }>(
      `SELECT coalesce(sum(s.read), 0) AS read FROM import_slices s JOIN brands b ON b.id = s.brand_id
       JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1`,
      [accountId],
    );
    return Number(rows[0]?.read);
  };

  const slicesInHand = async () => {
    const { rows } = await carryover.store.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM import_slices WHERE NOT done AND leased_by IS NOT NULL',
    );
    return rows[0]?.count ?? 0;
  };

  it(
    'lose nothing, double nothing, and have no more than one batch a slice done again',
    async () => {
      let inHand = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        if (kill > 0 && kill < 8) {
          accounts.push(
            await addAccount(carryover, {
              seed: SEED * 1_000 + kill,
              brands: 1 + (kill % 3),
              threads: 200,
              messages: MESSAGES,
              attachmentRate: 0.005,
            }),
          );
        }
        const { accountId } = accounts[kill % accounts.length] as SampleAccount;
        const worker = carryover.startWorker();
        await startMigration(carryover, accountId);
        const part = (mix(SEED, kill) % 800) / 1_000;
        // An account that is done already is left for the next kill.
        await until(async () => (await read(accountId)) >= part * MESSAGES, 120);
        await sleep(mix(SEED, kill, 1) % 120);
        await carryover.kill(worker);
        inHand += await slicesInHand();
      }
      carryover.startWorker();
      for (const { accountId } of accounts) await untilDone(carryover, accountId, 240);
      for (const account of accounts) await expectStoreToHold(carryover.store, account);

      const orders = [...carryover.world.carrier.orders.values()].map((order) => order.phone_number);
      expect(new Set(orders).size).toBe(orders.length);
      const { rows } = await carryover.store.query<{ batches: number }>(
        'SELECT sum(batches)::int AS batches FROM import_slices',
      );
      // A probe for the oldest key asks for one record; whatever asks for more is a page of a batch.
      const pages = proxy.passed.filter(
        (body) => body.includes('"Limit":') && !body.includes('"Limit":1}'),
      ).length;
      const batches = rows[0]?.batches ?? 0;
      expect(pages).toBeGreaterThanOrEqual(batches);
      // Of each slice that a killed worker had in hand: the batch that was being written, and the page that was asked for meanwhile.
      expect(pages - batches).toBeLessThanOrEqual(inHand * 2);
    },
    120_000 + KILLS * 40_000,
  );

  it('commit each batch once: every record was counted as read exactly once', async () => {
    const { rows } = await carryover.store.query<{ read: number; records: number }>(
      `SELECT sum(s.read)::int AS read,
         ((SELECT count(*) FROM messages) + (SELECT count(*) FROM superseded_copies)
          + (SELECT count(*) FROM quarantined_records WHERE source_table = 'messages'))::int AS records
       FROM import_slices s WHERE s.source = 'messages'`,
    );
    expect(rows[0]?.read).toBe(rows[0]?.records);
  });
});
