import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Polling } from '../../activities/conversations/polling/poll-source.js';
import { hintApplier } from '../../activities/conversations/streams/index.js';
import { LONGEST_INTERVAL_MS } from '../../domain/conversations/following/polling.js';
import { systemClock } from '../../gateways/clock.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import { joinPolling } from '../../gateways/store/conversations/streams/join.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import { median } from '../frame/numbers.js';
import type { Part } from '../frame/part.js';
import { cpuOfServers, usageSince } from '../world/cpu.js';
import { newDatabase } from '../world/database.js';
import type { BenchDatabase } from '../world/database.js';
import { fillSource } from '../world/fill.js';
import { prepareBrand } from '../world/prepared-brand.js';
import { RECENT_SINCE } from '../world/source/now.js';
import { sharedStack } from '../world/stack.js';

const ACCOUNTS = Number(process.env['BENCH_POLL_ACCOUNTS'] ?? 1_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = Number(process.env['BENCH_POLL_SECONDS'] ?? 60);
/** Records in the tables of accounts that are not polled. */
const OTHERS = { name: 'poll', messages: 1_000 };
/** The time until connections are open and code is compiled. */
const WARMING_SECONDS = 10;

interface Window {
  readonly seconds: number;
  readonly polls: number;
  /** Of this process. */
  readonly cpu: number;
  readonly servers: Readonly<Record<string, number>>;
}

/** Measures what it costs this process to poll accounts without changes: everything that it does meanwhile. */
export const pollPart: Part = {
  name: 'poll',
  async run() {
    const { env } = await sharedStack();
    process.env['AWS_ACCESS_KEY_ID'] = env.AWS_ACCESS_KEY_ID;
    process.env['AWS_SECRET_ACCESS_KEY'] = env.AWS_SECRET_ACCESS_KEY;
    await fillSource(env, OTHERS);
    const database = await newDatabase(env.DATABASE_URL);
    const store = openStore(database.url, { applicationName: 'carryover-worker' });
    const tables = openSourceTables({ region: env.AWS_REGION, endpoint: env.DYNAMODB_ENDPOINT });
    try {
      await join(store.pool);
      const following = { store, tables, clock: systemClock };
      const logger = { warn: (facts: object, message: string) => console.error(message, facts) };
      const stop = new AbortController();
      const polling = new Polling({
        ...following,
        logger,
        hints: hintApplier(following),
        fetchFiles: async () => undefined,
        catchUp: async () => undefined,
      });
      const ended = polling.run(stop.signal);
      await sleep(1_000 * WARMING_SECONDS);
      const windows: Window[] = [];
      for (let round = 0; round < ROUNDS; round += 1) windows.push(await measure(database.pool));
      stop.abort();
      await ended;
      return [rowOf(windows)];
    } finally {
      tables.close();
      await store.close();
      await database.drop();
    }
  },
};

/** All brands are at their longest interval, evenly spread over it. */
async function join(pool: Pool): Promise<void> {
  const at = new Date();
  for (let n = 0; n < ACCOUNTS; n += 1) {
    const [accountId, brandId] = [`acc_${n}`, `br_${n}`];
    await prepareBrand(pool, accountId, brandId, { recentSince: RECENT_SINCE });
    await joinPolling(pool, { accountId, brandIds: [brandId], at });
  }
  await transaction(pool, 'spread-polls', (tx) =>
    tx.query(
      `UPDATE carryover.polled_brands p SET interval_ms = $1::integer, next_at = now() + make_interval(secs => $1::integer / 1000.0 * n / $2::integer)
       FROM (SELECT brand_id, row_number() OVER () AS n FROM carryover.polled_brands) o WHERE o.brand_id = p.brand_id`,
      [LONGEST_INTERVAL_MS, ACCOUNTS],
    ),
  );
}

async function measure(pool: BenchDatabase['pool']): Promise<Window> {
  const since = new Date();
  const [began, cpu, servers] = [performance.now(), process.cpuUsage(), cpuOfServers()];
  await sleep(1_000 * SECONDS);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1_000;
  const used = usageSince(servers, cpuOfServers());
  const { rows } = await pool.query<{ polls: number }>(
    'SELECT count(*)::integer AS polls FROM carryover.polled_brands WHERE polled_at >= $1',
    [since],
  );
  return { seconds, polls: rows[0]?.polls ?? 0, cpu: (user + system) / 1e6, servers: used };
}

function rowOf(windows: readonly Window[]) {
  const percent = (of: (window: Window) => number) =>
    `${(100 * median(windows.map((window) => of(window) / window.seconds))).toFixed(1)} %`;
  const rate = median(windows.map(({ polls, seconds }) => polls / seconds)).toFixed(1);
  const source = percent(({ servers }) => servers['java'] ?? 0);
  const database = percent(({ servers }) => servers['postgres'] ?? 0);
  return {
    what: `idle polling of ${ACCOUNTS.toLocaleString('en')} accounts, of one core`,
    measured: percent(({ cpu }) => cpu),
    wanted: '< 5 %',
    note: `${rate} polls of two queries a second; beside it PostgreSQL ${database}, DynamoDB Local ${source}`,
  };
}
