import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { mix } from '../../dev/sample/generator/random.js';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { type FaultProxy, startFaultProxy } from '../e2e/fault-proxy.js';
import { addAccount } from '../e2e/more-accounts.js';
import { isPage, withPageOf } from './pages.js';
import { Rounds } from './rounds.js';
import { type Activity, tellOfDeath, type WatchedWorker } from './watched-worker.js';
import { WorkerCrew } from './worker-crew.js';

/** For longer runs; the same seed kills at the same places, as far as processes do the same twice. */
const KILLS = Number(process.env['CARRYOVER_KILLS'] ?? '5');
const SEED = Number(process.env['CARRYOVER_SEED'] ?? '1');
const WORKERS = Number(process.env['CARRYOVER_WORKERS'] ?? '2');
/** What a dead worker had under way is noticed after half a minute: so many that the others always have something to do. */
const ACCOUNTS = Math.min(24, 2 + Math.ceil(KILLS / 4));
/** Small pages: many batches of few records. */
const PAGE = 150;
/** Requests to the source between the choice of a victim and its end, fewer than this. */
const MOST_REQUESTS = 24;
const SIZE = { brands: 2, channels: 3, portedNumbers: 2, threads: 120, messages: 1_800, years: 1 };

describe(`${KILLS} kills at random moments of imports (seed ${SEED})`, () => {
  let proxy: FaultProxy;
  let carryover: Carryover;
  const accounts: SampleAccount[] = [];

  beforeAll(async () => {
    const seedOf = (number: number) => SEED * 1_000 + number;
    proxy = await startFaultProxy();
    proxy.rewrite = withPageOf(PAGE);
    carryover = await startCarryover({
      account: { ...SIZE, seed: seedOf(0), dirt: 'all' },
      schedule: { firstStepMs: 1_500, nextStepMs: 1_500 },
      environment: { DYNAMODB_ENDPOINT: proxy.url, MIGRATION_RESET_ALLOWED: 'true' },
    });
    proxy.target = carryover.stack.env.DYNAMODB_ENDPOINT;
    accounts.push(carryover.world.account);
    while (accounts.length < ACCOUNTS)
      accounts.push(
        await addAccount(carryover, { ...SIZE, seed: seedOf(accounts.length), attachmentRate: 0.01 }),
      );
  }, 600_000);
  afterAll(async () => {
    await carryover?.stop();
    await proxy?.stop();
  });

  /** The claims on slices that are not done, of all but these activities. */
  const claimsOfOthers = async (activities: readonly Activity[]) => {
    const { rows } = await carryover.store.query<{ claim: string }>(
      `SELECT id || ' ' || lease AS claim FROM carryover.work WHERE NOT done AND leased_by IS NOT NULL AND leased_by <> ALL ($1)`,
      [activities.map(({ lane }) => lane)],
    );
    return rows.map((row) => row.claim);
  };

  /** After so many more requests to the source, or when the worker has nothing under way any more. */
  const somewhatLater = async (worker: WatchedWorker, requests: number) => {
    const from = proxy.passed.length;
    await until(async () => {
      await worker.look();
      return proxy.passed.length >= from + requests || worker.underWay.size === 0;
    });
  };

  it(
    'lose nothing, double nothing, and have no more than one batch a slice done again',
    async () => {
      const rounds = new Rounds(carryover, accounts);
      const crew = new WorkerCrew(carryover, WORKERS);
      let kills = 0;
      const claimsOfDead = new Set<string>();
      const connection = await Connection.connect({ address: carryover.stack.env.TEMPORAL_ADDRESS });
      const client = new Client({ connection, namespace: carryover.stack.env.TEMPORAL_NAMESPACE });
      const killed = new Map<string, number>();
      const running = rounds.run(() => kills < KILLS);
      const killing = (async () => {
        for (; kills < KILLS; kills += 1) {
          const victim = await crew.busy(mix(SEED, kills), mix(SEED, kills, 1) % 4);
          await somewhatLater(victim, mix(SEED, kills, 2) % MOST_REQUESTS);
          const underWay = await crew.kill(victim);
          for (const claim of await claimsOfOthers(await crew.underWay())) claimsOfDead.add(claim);
          // Some are left for Temporal to notice.
          const untold = mix(SEED, kills, 3) % 5 === 0;
          await tellOfDeath(
            client,
            underWay.filter(({ attempt }) => attempt > 1 || !untold),
          );
          for (const { type } of underWay) killed.set(type, (killed.get(type) ?? 0) + 1);
        }
      })();
      await Promise.all([running, killing]);
      await connection.close();

      const orders = [...carryover.world.carrier.orders.values()].filter(
        ({ status }) => status !== 'cancelled',
      );
      expect(new Set(orders.map((order) => order.phone_number)).size).toBe(orders.length);
      expect(orders.length).toBe(accounts.reduce((sum, { counts }) => sum + counts.ports, 0));

      const pages = proxy.passed.filter(isPage).length;
      const redone = pages - rounds.batches;
      const { ended, batches, startedAgain } = rounds;
      const inHand = claimsOfDead.size;
      const figures = { seed: SEED, kills, ended, startedAgain, batches, redone, inHand };
      console.log(JSON.stringify({ ...figures, killed: Object.fromEntries(killed) }));
      expect(redone).toBeGreaterThanOrEqual(0);
      // Of each slice that a killed worker had in hand: the batch that was being written, and the page that was asked for meanwhile.
      expect(redone).toBeLessThanOrEqual(inHand * 2);
    },
    240_000 + KILLS * 20_000,
  );
});
