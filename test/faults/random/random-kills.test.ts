import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mix } from '../../../dev/sample/generator/random.js';
import type { S3Bucket } from '../../../dev/servers/s3.js';
import { forBucket } from '../../support/s3.js';
import { type Carryover, startCarryover } from '../../e2e/carryover.js';
import { type FaultProxy, startFaultProxy } from '../../../dev/faults/fault-proxy.js';
import { isPage, withPageOf } from '../../../dev/faults/pages.js';
import { addKilledAccount, type KilledAccount, SHAPES } from './accounts.js';
import { Killing } from './killing.js';
import { limitOf } from './limit.js';
import { publish } from './report.js';
import { Rounds } from './rounds.js';
import { WorkerCrew } from './worker-crew.js';

/** `npm run bench -- kills` makes longer runs; the same seed kills at the same places, as far as processes do the same twice. */
const KILLS = Number(process.env['CARRYOVER_KILLS'] ?? '5');
const SEED = Number(process.env['CARRYOVER_SEED'] ?? '1');
const WORKERS = Number(process.env['CARRYOVER_WORKERS'] ?? '2');
/** What a dead worker had under way is noticed after half a minute: so many that the others always have something to do. */
const ACCOUNTS = Math.min(24, 2 + Math.ceil(KILLS / 4));
/** Small pages: many batches of few records. */
const PAGE = 150;
/** Requests to the source between the choice of a victim and its end, fewer than this. */
const MOST_REQUESTS = 24;

describe(`${KILLS} kills at random moments of imports (seed ${SEED})`, () => {
  let proxy: FaultProxy;
  let dumps: S3Bucket;
  let carryover: Carryover;
  let killing: Killing;
  const accounts: KilledAccount[] = [];

  forBucket((bucket) => (dumps = bucket));
  beforeAll(async () => {
    const seedOf = (number: number) => SEED * 1_000 + number;
    proxy = await startFaultProxy();
    proxy.rewrite = withPageOf(PAGE);
    carryover = await startCarryover({
      account: { ...SHAPES[0], seed: seedOf(0) },
      schedule: { firstStepMs: 1_500, nextStepMs: 1_500 },
      environment: {
        DYNAMODB_ENDPOINT: proxy.url,
        AWS_ENDPOINT_URL_S3: dumps.endpoint,
        AWS_ACCESS_KEY_ID: dumps.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: dumps.credentials.secretAccessKey,
        MIGRATION_RESET_ALLOWED: 'true',
      },
    });
    proxy.target = carryover.stack.env.DYNAMODB_ENDPOINT;
    accounts.push({ account: carryover.world.account, from: 'tables' });
    while (accounts.length < ACCOUNTS)
      accounts.push(await addKilledAccount(carryover, dumps, accounts.length, seedOf(accounts.length)));
    killing = await Killing.open(carryover, proxy);
  });
  afterAll(async () => {
    await killing?.close();
    await carryover?.stop();
    await proxy?.stop();
  });

  it(
    'lose nothing, double nothing, and have no more than one batch a slice done again',
    async () => {
      const rounds = new Rounds(carryover, accounts);
      const crew = new WorkerCrew(carryover, WORKERS);
      const running = new Map<string, number>();
      const claimsOfDead = new Set<string>();
      let kills = 0;
      const migrating = rounds.run(() => kills < KILLS);
      const kill = (async () => {
        for (; kills < KILLS; kills += 1) {
          const victim = await crew.busy(mix(SEED, kills), mix(SEED, kills, 1) % 4);
          await killing.somewhatLater(victim, mix(SEED, kills, 2) % MOST_REQUESTS);
          // Some are left for Temporal to notice, which takes half a minute where there are heartbeats, and minutes elsewhere.
          const isUntold = mix(SEED, kills, 3) % 5 === 0;
          const doing = await killing.kill(
            crew,
            victim,
            ({ type, attempt }) => isUntold && attempt === 1 && type === 'copySlices',
          );
          running.set(doing, (running.get(doing) ?? 0) + 1);
          for (const claim of await claimsOfOthers(crew)) claimsOfDead.add(claim);
        }
      })();
      await Promise.all([migrating, kill]);

      expectOneOrderANumber();
      const pages = proxy.passed.filter(isPage).length;
      const { imports, records, batches, startedAgain } = rounds;
      const [readAgain, inHand] = [pages - batches, claimsOfDead.size];
      const most = [...running].toSorted(([, a], [, b]) => b - a);
      const report = { imports, records, startedAgain, batches, readAgain, inHand };
      await publish({ seed: SEED, kills, running: Object.fromEntries(most), ...report });
      expect(readAgain).toBeGreaterThanOrEqual(0);
      // Of each slice that a killed worker had in hand: the batch that was being written, and the page that was asked for meanwhile.
      expect(readAgain).toBeLessThanOrEqual(inHand * 2);
    },
    limitOf(KILLS),
  );

  /** The claims on slices that are not done, of all but the living. */
  const claimsOfOthers = async (crew: WorkerCrew) => {
    const living = await crew.underWay();
    const { rows } = await carryover.store.query<{ claim: string }>(
      `SELECT id || ' ' || lease AS claim FROM carryover.work WHERE NOT done AND leased_by IS NOT NULL AND leased_by <> ALL ($1)`,
      [living.map(({ lane }) => lane)],
    );
    return rows.map((row) => row.claim);
  };

  const expectOneOrderANumber = () => {
    const orders = [...carryover.world.carrier.orders.values()].filter(
      ({ status }) => status !== 'cancelled',
    );
    expect(new Set(orders.map((order) => order.phone_number)).size).toBe(orders.length);
    expect(orders.length).toBe(accounts.reduce((sum, { account }) => sum + account.counts.ports, 0));
  };
});
