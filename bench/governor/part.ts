import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { endChild, startScript } from '../world/child.js';
import { pin } from '../world/confine.js';
import { pidsOfServer } from '../world/cpu.js';
import { newDatabase } from '../world/database.js';
import type { BenchDatabase } from '../world/database.js';
import { fillSource } from '../world/fill.js';
import { RECENT_SINCE } from '../world/source/now.js';
import { accountOf, brandOf } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import type { Decided, Import } from './importer.js';
import type { Shop } from './shop.js';
import { at, commitsAlone, inWindow, quantile } from './windows.js';
import { prepareBrand } from '../world/prepared-brand.js';

/** Large enough that an import without a governor outlasts its windows. */
const SHAPE: Shape = {
  name: 'governor',
  messages: Number(process.env['BENCH_GOVERNOR_MESSAGES'] ?? 1_000_000),
};
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
/**
 * A round alternates short windows beside the import and while it is paused, so that other changes in the store, its disk and the machine affect
 * both.
 */
const [PAIRS, WINDOW_SECONDS] = [16, 4];
/** An import without a governor writes too much for many windows; its effect on others is far above noise. */
const PAIRS_WITHOUT = 2;
/** The time between two windows, in which the last batch ends or the first ones are written. */
const CHANGE_SECONDS = 1;
/** The time until the governor has found its speed and caches are warm. */
const SETTLING_SECONDS = 10;
const SETTLING_SECONDS_WITHOUT = 2;
/** How long the others are away, before they come back and the import gives way. */
const AWAY_SECONDS = 5;
const CUSTOMERS = 100_000;
const LOAD = {
  connections: 8,
  keys: CUSTOMERS,
  pauseMs: 15,
  statements: [
    'UPDATE shop_customers SET balance = balance + 1 WHERE id = $1',
    'SELECT balance FROM shop_customers WHERE id = $1',
    'INSERT INTO shop_history (customer, amount) VALUES ($1, 1)',
  ],
};
const ROOM = 1.05;

/** The store and its users get half of the cores, source and import the other half, so that users wait only for the store. */
const CORES = availableParallelism();
const HALF = Math.floor(CORES / 2);
const [OF_SOURCE, OF_STORE] = [`0-${Math.max(0, HALF - 1)}`, `${HALF}-${CORES - 1}`];

/** The results of windows with the import, and of as many without. */
interface Round {
  /** The duration of each transaction of others, in milliseconds. */
  readonly alone: number[];
  readonly beside: number[];
  /** The import's messages a second, in the windows with it. */
  readonly rate: number;
}

interface Measured {
  readonly rounds: readonly Round[];
  /** The p95 of a small commit before the import, in milliseconds. */
  readonly commitMs: number;
  readonly turns?: Turns;
}

/** In seconds. */
interface Turns {
  /** From the first transaction of others until the import writes less. */
  readonly givesWay: number;
  /** From then on until the import writes within a fifth of what it writes in the end. */
  readonly findsSpeed: number;
}

interface Plan {
  readonly governed: boolean;
  readonly rounds: number;
  readonly pairs: number;
  readonly settlingSeconds: number;
}

/**
 * Measures what an import costs the store's other users: their small transactions beside an import without a governor, and beside one with a
 * governor whose budget is a tenth above their own commit latency; each compared with the windows in between, in which the import is paused.
 */
export const governorPart: Part = {
  name: 'governor',
  async run() {
    const { env } = await sharedStack();
    await fillSource(env, SHAPE);
    const apart = pin(pidsOfServer('postgres'), OF_STORE) && pin(pidsOfServer('java'), OF_SOURCE);
    try {
      const without = await measure(env, {
        governed: false,
        rounds: 1,
        pairs: PAIRS_WITHOUT,
        settlingSeconds: SETTLING_SECONDS_WITHOUT,
      });
      const governed = await measure(env, {
        governed: true,
        rounds: ROUNDS,
        pairs: PAIRS,
        settlingSeconds: SETTLING_SECONDS,
      });
      return rowsOf(without, governed, apart);
    } finally {
      pin([...pidsOfServer('postgres'), ...pidsOfServer('java')], `0-${CORES - 1}`);
    }
  },
};

async function measure(env: StackEnvironment, plan: Plan): Promise<Measured> {
  const database = await newDatabase(env.DATABASE_URL);
  const { url } = database;
  await prepare(database);
  const shop = startScript(new URL('shop.js', import.meta.url), { url, ...LOAD } satisfies Shop);
  pin([shop.pid ?? 0], OF_STORE);
  let importer: ChildProcess | undefined;
  try {
    const commitMs = await commitsAlone(url);
    const argument: Import = {
      url,
      env,
      accountId: accountOf(SHAPE),
      brandId: brandOf(SHAPE),
      budgetMs: plan.governed ? commitMs * ROOM : undefined,
    };
    importer = startScript(new URL('importer.js', import.meta.url), argument);
    pin([importer.pid ?? 0], OF_SOURCE);
    await sleep(plan.settlingSeconds * 1_000);
    const rounds: Round[] = [];
    while (rounds.length < plan.rounds) rounds.push(await oneRound(database, shop, importer, plan));
    return { rounds, commitMs, ...(plan.governed && { turns: await comeAndGo(shop, importer) }) };
  } finally {
    await Promise.all([endChild(shop), importer && endChild(importer)]);
    await database.drop();
  }
}

/** Lets the others leave and come back, and records the governor's decisions. */
async function comeAndGo(shop: ChildProcess, importer: ChildProcess): Promise<Turns> {
  const decided: Decided[] = [];
  const onMessage = (one: unknown): void => void decided.push(one as Decided);
  importer.on('message', onMessage);
  shop.kill('SIGHUP');
  await sleep(AWAY_SECONDS * 1_000);
  const backAt = Date.now();
  shop.kill('SIGHUP');
  await sleep(2 * SETTLING_SECONDS * 1_000);
  importer.off('message', onMessage);
  const gaveWay = decided.find(({ at, share }) => at >= backAt && share < 1)?.at ?? Number.NaN;
  const after = decided.filter(({ at }) => at >= gaveWay);
  const last = after.slice(-(after.length >> 1)).map(({ share }) => share);
  const found = after.find(({ share }) => Math.abs(share / median(last) - 1) <= 0.2)?.at ?? Number.NaN;
  return { givesWay: (gaveWay - backAt) / 1_000, findsSpeed: (found - gaveWay) / 1_000 };
}

async function oneRound(
  database: BenchDatabase,
  shop: ChildProcess,
  importer: ChildProcess,
  { governed, pairs }: Plan,
): Promise<Round> {
  const [alone, beside]: [number[], number[]] = [[], []];
  let messages = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    await sleep(CHANGE_SECONDS * 1_000);
    const before = await messagesIn(database);
    beside.push(...(await inWindow(shop, WINDOW_SECONDS)));
    messages += (await messagesIn(database)) - before;
    importer.kill('SIGUSR2');
    await sleep(CHANGE_SECONDS * 1_000);
    alone.push(...(await inWindow(shop, WINDOW_SECONDS)));
    importer.kill('SIGUSR2');
    if (importer.exitCode !== null)
      throw new Error('the import failed or ended too soon; BENCH_GOVERNOR_MESSAGES makes it longer');
  }
  const round = { alone, beside, rate: messages / pairs / WINDOW_SECONDS };
  console.error(
    `  ${governed ? 'with' : 'without'} governor: alone p50 ${at(0.5, alone)} ms, p95 ${at(0.95, alone)} ms; ` +
      `beside p50 ${at(0.5, beside)} ms, p95 ${at(0.95, beside)} ms; ${whole(round.rate)} messages/s`,
  );
  return round;
}

async function prepare({ pool }: BenchDatabase): Promise<void> {
  await pool.query('CREATE TABLE shop_customers (id integer PRIMARY KEY, balance integer NOT NULL)');
  await pool.query(
    'CREATE TABLE shop_history (customer integer, amount integer, at timestamptz DEFAULT now())',
  );
  await pool.query('INSERT INTO shop_customers SELECT n, 0 FROM generate_series(0, $1 - 1) AS n', [
    CUSTOMERS,
  ]);
  await pool.query('VACUUM ANALYZE shop_customers');
  await prepareBrand(pool, accountOf(SHAPE), brandOf(SHAPE), { recentSince: RECENT_SINCE });
}

async function messagesIn({ pool }: BenchDatabase): Promise<number> {
  const { rows } = await pool.query<{ read: number }>(
    "SELECT coalesce(sum(read), 0)::float8 AS read FROM carryover.tallies WHERE stage = 'messages'",
  );
  return rows[0]?.read ?? 0;
}

function rowsOf(without: Measured, governed: Measured, apart: boolean): Row[] {
  const all = (rounds: readonly Round[], which: 'alone' | 'beside') =>
    rounds.flatMap((round) => round[which]);
  const p95 = (rounds: readonly Round[]) => `p95 ${at(0.95, all(rounds, 'beside'))} ms`;
  const rate = (rounds: readonly Round[]) => `${whole(median(rounds.map((round) => round.rate)))} messages/s`;
  const loss = (rounds: readonly Round[]) =>
    rounds.map(({ alone, beside }) => (quantile(0.95, beside) / quantile(0.95, alone) - 1) * 100);
  const alone = all(governed.rounds, 'alone');
  const seconds = ROUNDS * PAIRS * WINDOW_SECONDS;
  const where = apart ? ', store and import on cores of their own' : '';
  return [
    {
      what: `transactions of others in the store, ${LOAD.connections} connections, while no import writes${where}`,
      measured: `p95 ${at(0.95, alone)} ms`,
      note: `${whole(alone.length / seconds)} transactions/s; a small commit ${governed.commitMs.toFixed(2)} ms`,
    },
    {
      what: 'the same, beside an import without governor',
      measured: p95(without.rounds),
      ratio: `${spread(loss(without.rounds), 1)} % longer`,
      note: `the import: ${rate(without.rounds)}`,
    },
    {
      what: 'the same, beside an import with governor',
      measured: p95(governed.rounds),
      ratio: `${spread(loss(governed.rounds), 1)} % longer`,
      wanted: '< 5 % longer',
      note: `budget: what commits take alone × ${ROOM}; ${PAIRS} windows of ${WINDOW_SECONDS} s in turn with as many without the import`,
    },
    {
      what: 'the import with governor',
      measured: `${spread(
        governed.rounds.map(({ rate: perSecond }) => perSecond),
        0,
      )} messages/s`,
      wanted: '≥ 4,000 messages/s',
      note: `gives way ${governed.turns?.givesWay.toFixed(1)} s after others come (wanted: 1 s), and has found its speed ${governed.turns?.findsSpeed.toFixed(1)} s later (wanted: 10 s)`,
    },
  ];
}
