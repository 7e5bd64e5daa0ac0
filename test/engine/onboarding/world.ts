import pg from 'pg';
import { validate } from '../../../api/onboarding/operations/validate.js';
import { createOnboardingActivities } from '../../../activities/onboarding/index.js';
import type { LaneState } from '../../../domain/onboarding/requests.js';
import type { WorkRef } from '../../../domain/engine/work.js';
import { systemClock } from '../../../gateways/clock.js';
import { databaseOn } from '../../../gateways/onboarding/database.js';
import type { OpenOnboarding } from '../../../gateways/onboarding/open.js';
import { openRedis, type Redis } from '../../../gateways/redis/client.js';
import { SessionKeys } from '../../../gateways/redis/session-keys.js';
import { openStore, type Store } from '../../../gateways/store/sql/connect.js';
import { Mover } from '../../support/onboarding/mover.js';
import { Product, testRedis } from '../../support/onboarding/world.js';
import { testDatabase } from '../../support/servers.js';
import type { Life } from '../life.js';
import type { Harness, Subject, World } from '../lifecycle.js';
import type { BatchWorker } from '../process.js';

/** Users of a product; a unit is a migration, which a batch takes some of. */
export const onboarding: Harness = {
  name: 'onboarding',
  passes: ['copy', 'verify', 'undo'],
  batches: { holds: /:begin#|:ask (SET|EVAL)#/, last: 'redis:ask EVAL#1' },
  async open() {
    const redis = await testRedis();
    const product = await Product.open(redis.url);
    const database = await testDatabase();
    const store = openStore(database.url, { max: 8, controlMax: 4 });
    const stores = product.stores();
    const world = new UsersWorld(store, product, stores);
    return {
      start: (life) => world.start(life),
      timeOut: (life) => world.timeOut(life),
      subject: () => world.subject(),
      async close() {
        await world.close();
        await stores.close();
        await store.close();
        await product.close();
        await redis.remove();
        await database.drop();
      },
    };
  },
};

const TTL_SECONDS = 1_000;
const BATCH = 2;

class UsersWorld implements World {
  readonly #names = new Map<Life, string>();
  readonly #closing: (() => Promise<unknown>)[] = [];
  readonly #lanes = new Map<string, LaneState>();
  readonly #subjects: UsersSubject[] = [];

  constructor(
    private readonly store: Store,
    private readonly product: Product,
    private readonly stores: OpenOnboarding,
  ) {}

  start(life: Life): BatchWorker {
    const name = `life_${this.#names.size}`;
    this.#names.set(life, name);
    const pool = new pg.Pool({ connectionString: this.product.url, application_name: name, max: 2 });
    pool.on('error', () => undefined);
    pool.on('connect', (connection) => void connection.on('error', () => undefined));
    const redis = openRedis(this.product.redisUrl);
    this.#closing.push(() => pool.end(), redis.close);
    const { prefix } = this.product;
    const livingRedis: Redis = { ...redis, call: life.calls(redis.call, 'redis') as Redis['call'] };
    const { runOnboardingBatch, endOnboarding } = createOnboardingActivities({
      store: {
        ...this.store,
        pool: life.pool(this.store.pool, 'store') as pg.Pool,
        control: life.pool(this.store.control, 'store') as pg.Pool,
      },
      clock: systemClock,
      onboarding: {
        database: databaseOn({ ...life.pool(pool, 'product'), options: pool.options, end: () => pool.end() }),
        keys: new SessionKeys({ redis: livingRedis, prefix, ttlSeconds: TTL_SECONDS }),
      },
    });
    return {
      work: async (ref) => {
        const subject = this.#subjectOf(ref);
        if (ref.pass === 'verify') return subject.verify(ref);
        const migrationId = subject.migrationOf(ref);
        const before = this.#lanes.get(migrationId);
        // What Temporal keeps of the batches that have ended. One that is finished begins again.
        const { lane } = await runOnboardingBatch({
          migrationId,
          lane: before === undefined || before.finished === true ? { lane: 0, lanes: 1 } : before,
        });
        this.#lanes.set(migrationId, lane);
        return { finished: lane.finished === true };
      },
      complete: async (ref) =>
        ref.pass === 'verify'
          ? undefined
          : endOnboarding({ migrationId: this.#subjectOf(ref).migrationOf(ref) }),
    };
  }

  /** PostgreSQL ends a transaction that stands still; its name is in it, too. */
  async timeOut(life: Life): Promise<void> {
    await this.product.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name || ':' LIKE $1`,
      `${this.#names.get(life)}:%`,
    );
  }

  async subject(): Promise<UsersSubject> {
    const subject = new UsersSubject(String(this.#subjects.length), this.product, this.stores, this.store);
    this.#subjects.push(subject);
    await subject.prepare();
    return subject;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#closing.map((close) => close()));
  }

  #subjectOf({ subject }: WorkRef): UsersSubject {
    const found = this.#subjects[Number(subject)];
    if (found === undefined) throw new Error(`There is no subject ${subject}.`);
    return found;
  }
}

interface Standing {
  readonly id: string;
  readonly status: string;
  readonly sessions: number;
  readonly steps: number;
  readonly manifests: number;
  readonly logged: number;
}

const STANDING = `SELECT u.id::text, u.onboarding_status AS status,
    (SELECT count(*) FROM onboarding_sessions s WHERE s.user_id = u.id)::int AS sessions,
    (SELECT count(*) FROM onboarding_steps st JOIN onboarding_sessions s ON s.id = st.session_id WHERE s.user_id = u.id)::int AS steps,
    (SELECT count(*) FROM business_context_manifests m WHERE generated_by_user_id = u.id)::int AS manifests,
    (SELECT count(*) FROM onboarding_migration_log l WHERE l.source_user_id = u.id AND l.status = 'completed')::int AS logged
  FROM users u WHERE u.id = ANY($1::uuid[]) ORDER BY u.id`;

/** Two migrations of three users each, of whom one is completed. */
class UsersSubject implements Subject {
  readonly units = ['a', 'b'];
  readonly #users = new Map<string, readonly string[]>();
  readonly #migrations = new Map<string, string>();
  readonly #mover: Mover;
  readonly #findings = new Map<string, string[]>();
  #runs = 0;

  constructor(
    private readonly name: string,
    private readonly product: Product,
    private readonly stores: OpenOnboarding,
    store: Store,
  ) {
    this.#mover = new Mover(store, stores);
  }

  async prepare(): Promise<void> {
    for (const unit of this.units) {
      const users = [
        await this.product.addUser(),
        await this.product.addUser({ status: 'paused', step: 'offer' }),
        await this.product.addUser({ status: 'completed' }),
      ];
      this.#users.set(unit, users);
      this.#migrations.set(`copy ${unit}`, await this.#mover.ask({ userIds: users, batchSize: BATCH }));
    }
  }

  migrationOf({ unit, run }: Pick<WorkRef, 'unit' | 'run'>): string {
    return this.#migrations.get(`${run === undefined || run === '' ? 'copy' : run} ${unit}`) ?? '';
  }

  work(pass: WorkRef['pass'], run?: string): readonly WorkRef[] {
    return this.units.map((unit) => ({
      subject: this.name,
      unit,
      phase: 'users',
      pass,
      ...(run !== undefined && { run }),
    }));
  }

  async newRun(pass: WorkRef['pass']): Promise<string> {
    if (pass === 'copy') return '';
    const run = String((this.#runs += 1));
    if (pass === 'undo')
      for (const [unit, users] of this.#users)
        this.#migrations.set(
          `${run} ${unit}`,
          await this.#mover.ask({ action: 'rollback', userIds: users, batchSize: BATCH }),
        );
    return run;
  }

  async verify({ unit, run = '' }: WorkRef): Promise<{ finished: true }> {
    for (const [at, id] of this.#usersOf(unit).entries()) {
      const { details } = await validate(this.stores, id);
      const wrong = details.filter(({ ok }) => !ok).map(({ check }) => `${unit}${at} ${check}`);
      this.#findings.set(run, [...(this.#findings.get(run) ?? []), ...wrong]);
    }
    return { finished: true };
  }

  /** A workflow halts between batches. */
  steer(): Promise<void> {
    return Promise.reject(new Error('A batch looks at no flag.'));
  }

  expected(of = this.work('copy')): string[] {
    return of.flatMap(({ unit }) =>
      [
        'migrated 1 session, 24 steps, 0 manifests, logged once, 4 keys',
        'migrated 1 session, 24 steps, 0 manifests, logged once, 4 keys',
        'migrated 1 session, 24 steps, 1 manifests, logged once, 5 keys',
      ].map((line, at) => `${unit}${at} ${line}`),
    );
  }

  /** Users with any part of a session. */
  async held(of = this.work('copy')): Promise<string[]> {
    const lines = of.map(async ({ unit }) => {
      const users = this.#usersOf(unit);
      const rows = await this.product.query<Standing>(STANDING, users);
      return Promise.all(
        users.map(async (id, at) => {
          const row = rows.find((each) => each.id === id);
          const keys = Object.keys(await this.product.keysOf(id)).length;
          if (row === undefined || row.sessions + row.steps + row.manifests + keys === 0) return [];
          const logged = row.logged === 1 ? 'once' : `${row.logged} times`;
          return [
            `${unit}${at} ${row.status} ${row.sessions} session, ${row.steps} steps, ${row.manifests} manifests, logged ${logged}, ${keys} keys`,
          ];
        }),
      );
    });
    return (await Promise.all(lines)).flat(2);
  }

  /** A key is missing, a step is different, and a checksum is wrong. */
  async damage(): Promise<string[]> {
    const [first, second, third] = this.#usersOf('a') as [string, string, string];
    await this.product.setKey(first, 'progress', '{"completed": 9}');
    await this.product.query(
      `UPDATE onboarding_steps st SET step_data = '{"x": 1}' FROM onboarding_sessions s
       WHERE s.id = st.session_id AND s.user_id = $1 AND step_number = 1`,
      second,
    );
    await this.product.query(
      `UPDATE business_context_manifests SET checksum = repeat('0', 64) WHERE generated_by_user_id = $1`,
      third,
    );
    return ['a0 redis', 'a0 counts', 'a1 steps', 'a2 manifest'];
  }

  async findings(run: string): Promise<string[]> {
    return this.#findings.get(run) ?? [];
  }

  /** Permits that were not used up. */
  async leased(): Promise<number> {
    return (await this.product.allKeys()).filter((key) => key.includes('onboarding-fence:')).length;
  }

  #usersOf(unit: string): readonly string[] {
    return this.#users.get(unit) ?? [];
  }
}
