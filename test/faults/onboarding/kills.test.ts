import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mix } from '../../../dev/sample/generator/random.js';
import { addSampleUsers } from '../../../dev/sample/onboarding/product.js';
import { systemClock } from '../../../gateways/clock.js';
import { type Carryover, startCarryover, until } from '../../e2e/carryover.js';
import { Product, type TestRedis, testRedis } from '../../support/onboarding/world.js';
import { openTransaction } from '../random/last-moment.js';
import { limitOf } from '../random/limit.js';
import { publish } from '../random/report.js';
import { WorkerCrew } from '../random/worker-crew.js';
import { tellOfDeath } from '../watched-worker.js';
import { People } from './people.js';

/** `npm run bench -- onboarding-kills` makes longer runs. */
const KILLS = Number(process.env['CARRYOVER_KILLS'] ?? '4');
const SEED = Number(process.env['CARRYOVER_SEED'] ?? '1');
/** A long run has more of them between its kills. */
const USERS = KILLS > 10 ? 400 : 120;
/** Small batches: many transactions. */
const BATCH = 10;
/** Every so manieth kill is one of Redis. */
const REDIS_EVERY = 4;
/** Kills that hit one run over all users; the rest of it goes on undisturbed, so that the next one begins. */
const KILLS_A_RUN = KILLS > 10 ? 6 : 2;
/** Batches that a worker has done at least when it is killed, fewer than this. */
const MOST_DONE = USERS / BATCH / 4;
const ROOT = '/api/v1/onboarding/migration';
const DURABLE = true;

/** All users that are migrated, or all that are rolled back. */
interface Run {
  readonly action: 'migrate' | 'rollback';
  ended: boolean;
}

interface View {
  readonly migration_id: string;
  readonly status: string;
  readonly total_users: number;
  readonly migrated_users: number;
  readonly failed_users: number;
  readonly skipped_users: number;
  readonly results: readonly { readonly error: { readonly type: string } | null }[];
}

describe(`${KILLS} kills of workers and of Redis while people go on (seed ${SEED})`, () => {
  let redis: TestRedis;
  let product: Product;
  let carryover: Carryover;
  let connection: Connection;
  let people: People;

  beforeAll(async () => {
    redis = await testRedis(DURABLE);
    product = await Product.open(redis.url);
    await addSampleUsers(product.pool, { from: 0, to: USERS }, { seed: SEED });
    const ids = await product.query<{ id: string }>('SELECT id::text FROM users ORDER BY id');
    people = new People(
      product,
      ids.map(({ id }) => id),
      SEED,
    );
    carryover = await startCarryover({
      account: { brands: 1, threads: 0, messages: 0, portedNumbers: 0 },
      environment: {
        ONBOARDING_DATABASE_URL: product.url,
        ONBOARDING_REDIS_URL: redis.url,
        ONBOARDING_REDIS_PREFIX: product.prefix,
      },
    });
    connection = await Connection.connect({ address: carryover.stack.env.TEMPORAL_ADDRESS });
  });
  afterAll(async () => {
    await people?.stop();
    await connection?.close();
    await carryover?.stop();
    await product?.close();
    await redis?.remove();
  });

  it(
    'leave nobody half migrated, lose nobody, and double nobody',
    async () => {
      const crew = new WorkerCrew(carryover, 2);
      const client = new Client({ connection, namespace: carryover.stack.env.TEMPORAL_NAMESPACE });
      const killed = new Map<string, number>();
      let kills = 0;
      const killSome = async (run: Run): Promise<void> => {
        for (let n = 0; n < KILLS_A_RUN && kills < KILLS && !run.ended; n += 1) {
          const moment = mix(SEED, kills, 1) % 150;
          const during =
            kills % REDIS_EVERY === REDIS_EVERY - 1
              ? await killRedis(moment)
              : await killWorker(crew, client, run, moment);
          if (during === undefined) return;
          kills += 1;
          killed.set(during, (killed.get(during) ?? 0) + 1);
          await people.expectWhole();
        }
      };
      const withKills = async (action: Run['action'], all: () => Promise<number>): Promise<number> => {
        const run: Run = { action, ended: false };
        const users = all().finally(() => (run.ended = true));
        const [count] = await Promise.all([users, killSome(run)]);
        return count;
      };
      people.start();
      const moved = { migrated: 0, rolledBack: 0, migrations: 0 };
      for (;;) {
        moved.migrated += await withKills('migrate', migrateAll);
        moved.migrations += 1;
        if (kills >= KILLS) break;
        moved.rolledBack += await withKills('rollback', rollBackAll);
      }
      await people.stop();
      await people.expectNothingLost();
      await expectValid();
      const most = Object.fromEntries([...killed].toSorted(([, a], [, b]) => b - a));
      const moves = [...people.moves.values()].reduce((sum, each) => sum + each, 0);
      await publish({ seed: SEED, kills, killed: most, ...moved, moves, sessionsSeen: people.sessionsSeen });
      expect(moves).toBeGreaterThan(0);
    },
    limitOf(KILLS),
  );

  /** Answers what it did; undefined if the run has ended before. */
  async function killWorker(
    crew: WorkerCrew,
    client: Client,
    run: Run,
    moment: number,
  ): Promise<string | undefined> {
    const victim = await crew.busy(mix(SEED, moment), mix(SEED, moment, 1) % MOST_DONE, () => run.ended);
    if (victim === undefined) return undefined;
    await systemClock.sleep(moment);
    process.kill(victim.pid, 'SIGSTOP');
    const open =
      (await openTransaction(product.pool, victim.pid)) ??
      (await openTransaction(carryover.store, victim.pid));
    await victim.look();
    const busy = victim.underWay.size > 0;
    await tellOfDeath(client, await crew.kill(victim));
    return `${run.action}: ${open ?? (busy ? 'between transactions of a batch' : 'no batch')}`;
  }

  async function killRedis(moment: number): Promise<string> {
    await systemClock.sleep(moment);
    redis.kill();
    await systemClock.sleep(moment);
    await redis.restart();
    return 'Redis';
  }

  async function ended(asked: Promise<{ status: number; body: unknown }>): Promise<View> {
    const { status, body } = await asked;
    expect(status, JSON.stringify(body)).toBe(202);
    const { migration_id: id } = body as View;
    let view: View | undefined;
    await until(async () => {
      view = (await carryover.call('GET', `${ROOT}/migrations/${id}?only=failed&limit=100`)).body as View;
      return view.status !== 'running';
    }, 600_000);
    if (view === undefined) throw new Error('It is gone.');
    expect(view.status).toBe('completed');
    expect(view.migrated_users + view.failed_users + view.skipped_users).toBe(view.total_users);
    return view;
  }

  /** Each is migrated once; only who moves on all the time may be left for the next. */
  async function migrateAll(): Promise<number> {
    const view = await ended(carryover.call('POST', `${ROOT}/migrate`, { all: true, batch_size: BATCH }));
    expect(view.results.filter(({ error }) => error?.type !== 'KeepsChanging')).toEqual([]);
    const [counted] = await product.query<{ rows: number; users: number; left: number }>(
      `SELECT count(*)::int AS rows, count(DISTINCT source_user_id)::int AS users,
         (SELECT count(*) FROM users WHERE onboarding_status <> 'migrated')::int AS left
       FROM onboarding_migration_log WHERE status = 'completed' AND metadata ->> 'migration_id' = $1`,
      view.migration_id,
    );
    const { migrated_users: migrated, failed_users: failed } = view;
    expect(counted).toEqual({ rows: migrated, users: migrated, left: failed });
    await people.expectNothingLost();
    return migrated;
  }

  /** Nobody has done anything in the new sessions, so none is refused. */
  async function rollBackAll(): Promise<number> {
    const ids = await product.query<{ id: string }>(
      `SELECT id::text FROM users WHERE onboarding_status = 'migrated'`,
    );
    const userIds = ids.map(({ id }) => id);
    const view = await ended(carryover.call('POST', `${ROOT}/rollback`, { user_ids: userIds }));
    expect(view).toMatchObject({ migrated_users: userIds.length, failed_users: 0, skipped_users: 0 });
    await people.expectWhole();
    await people.expectNothingLost();
    return userIds.length;
  }

  /** Rows and keys of all are what the log says was written, and Redis has no other keys. */
  async function expectValid(): Promise<void> {
    const ids = await product.query<{ id: string }>(
      `SELECT id::text FROM users WHERE onboarding_status = 'migrated'`,
    );
    for (const { id } of ids)
      expect((await carryover.call('GET', `${ROOT}/validate/${id}`)).body).toMatchObject({ valid: true });
    const keys = await product.allKeys();
    expect(keys.filter((key) => key.includes('onboarding-fence:'))).toEqual([]);
    const versions = await product.query(
      `SELECT workspace_id FROM business_context_manifests GROUP BY workspace_id
       HAVING count(*) FILTER (WHERE is_active) <> 1 OR count(*) <> count(DISTINCT version)`,
    );
    expect(versions).toEqual([]);
  }
});
