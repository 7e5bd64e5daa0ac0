import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { PressureProbe } from '../../gateways/store/pressure.js';
import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { endChild, startScript } from '../world/child.js';
import { pin } from '../world/confine.js';
import { pidsOfServer } from '../world/cpu.js';
import { newDatabase } from '../world/database.js';
import type { BenchDatabase } from '../world/database.js';
import { fillSource } from '../world/fill.js';
import { accountOf, brandOf } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import type { Import } from './importer.js';
import type { Shop, ShopTimes } from './shop.js';

/** So many that an import lasts longer than its turn. */
const SHAPE: Shape = {
  name: 'governor',
  messages: Number(process.env['BENCH_GOVERNOR_MESSAGES'] ?? 1_000_000),
  perThread: 40,
};
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 20);
/** Until the governor has come to rest, and all that is cold is warm. */
const SETTLING_SECONDS = Number(process.env['BENCH_SETTLING_SECONDS'] ?? 10);
const RECENT_SINCE = new Date(Date.UTC(2026, 9, 21)).toISOString();
const CUSTOMERS = 100_000;
const LOAD = { connections: 8, customers: CUSTOMERS, pauseMs: 40 };
const ROOM = 1.1;

/** The store and those who use it have half of the cores, source and import the others: what is measured is what the store makes its users wait for. */
const CORES = availableParallelism();
const HALF = Math.floor(CORES / 2);
const [OF_SOURCE, OF_STORE] = [`0-${Math.max(0, HALF - 1)}`, `${HALF}-${CORES - 1}`];

interface Phase {
  readonly shop: ShopTimes;
  /** Messages a second. */
  readonly rate: number;
  /** Milliseconds of a small commit, 19 of 20 times. */
  readonly commitMs: number;
}

/**
 * What others in the store lose by an import: small transactions of theirs alone, beside an import that knows nothing of them, and
 * beside one with the governor, whose budget is what commits took alone and a tenth. In turn, each in a database of its own.
 */
export const governorPart: Part = {
  name: 'governor',
  async run() {
    const { env } = await sharedStack();
    await fillSource(env, SHAPE);
    const apart = pin(pidsOfServer('postgres'), OF_STORE) && pin(pidsOfServer('java'), OF_SOURCE);
    const [alone, without, governed]: [Phase[], Phase[], Phase[]] = [[], [], []];
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        alone.push(say('alone', await measure(env)));
        const budgetMs = median(alone.map(({ commitMs }) => commitMs)) * ROOM;
        without.push(say('without governor', await measure(env, {})));
        governed.push(
          say(`with governor, budget ${budgetMs.toFixed(2)} ms`, await measure(env, { budgetMs })),
        );
      }
    } finally {
      pin([...pidsOfServer('postgres'), ...pidsOfServer('java')], `0-${CORES - 1}`);
    }
    return rowsOf(alone, without, governed, apart);
  },
};

/** One phase; without `importing` nobody imports. */
async function measure(env: StackEnvironment, importing?: Pick<Import, 'budgetMs'>): Promise<Phase> {
  const database = await newDatabase(env.DATABASE_URL);
  await prepare(database);
  const { url } = database;
  const shop = startScript(new URL('shop.js', import.meta.url), { url, ...LOAD } satisfies Shop);
  pin([shop.pid ?? 0], OF_STORE);
  const ids = { accountId: accountOf(SHAPE), brandId: brandOf(SHAPE) };
  const importer =
    importing &&
    startScript(new URL('importer.js', import.meta.url), { url, env, ...ids, ...importing } satisfies Import);
  if (importer) pin([importer.pid ?? 0], OF_SOURCE);
  const probe = new PressureProbe(url);
  const times = async (): Promise<ShopTimes> => {
    shop.kill('SIGUSR2');
    const [said] = (await once(shop, 'message')) as [ShopTimes];
    return said;
  };
  try {
    await sleep(SETTLING_SECONDS * 1_000);
    // The importer's governor has a probe of its own; one more would be a load that the others do not have.
    if (importer === undefined) probe.start();
    await times();
    const before = await messagesIn(database);
    const commits: number[] = [];
    const begun = performance.now();
    const isDone = () => importer?.exitCode === 0;
    while (commits.length < SECONDS && !isDone()) {
      await sleep(1_000);
      commits.push(probe.read().commitMs ?? 0);
    }
    const rate = ((await messagesIn(database)) - before) / ((performance.now() - begun) / 1_000);
    if (commits.length < SECONDS / 2 || (importer?.exitCode ?? 0) !== 0)
      throw new Error('the import has failed, or was done too soon: BENCH_GOVERNOR_MESSAGES makes it longer');
    return { shop: await times(), rate, commitMs: median(commits) };
  } finally {
    await probe.stop();
    await Promise.all([endChild(shop), importer && endChild(importer)]);
    await database.drop();
  }
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
  await pool.query(
    `WITH a AS (INSERT INTO accounts (source_id, name, locale, migration) VALUES ($1, $1, 'en-US', $2) RETURNING id)
     INSERT INTO brands (account_id, source_id, name) SELECT id, $3, $3 FROM a`,
    [accountOf(SHAPE), { status: 'migrating', recentSince: RECENT_SINCE }, brandOf(SHAPE)],
  );
}

async function messagesIn({ pool }: BenchDatabase): Promise<number> {
  const { rows } = await pool.query<{ read: number }>(
    "SELECT coalesce(sum(read), 0)::float8 AS read FROM import_slices WHERE source = 'messages'",
  );
  return rows[0]?.read ?? 0;
}

function rowsOf(
  alone: readonly Phase[],
  without: readonly Phase[],
  governed: readonly Phase[],
  apart: boolean,
): Row[] {
  const p95 = (phases: readonly Phase[]) => `p95 ${median(phases.map(({ shop }) => shop.p95)).toFixed(2)} ms`;
  const rate = (phases: readonly Phase[]) => `${whole(median(phases.map((phase) => phase.rate)))} messages/s`;
  const loss = (phases: readonly Phase[]) =>
    spread(
      phases.map(({ shop }, round) => (shop.p95 / (alone[round]?.shop.p95 ?? Number.NaN) - 1) * 100),
      1,
    );
  const perSecond = median(alone.map(({ shop }) => shop.transactions)) / SECONDS;
  return [
    {
      what: `transactions of others in the store, ${LOAD.connections} connections, nobody imports${apart ? ', store and import on cores of their own' : ''}`,
      measured: p95(alone),
      note: `${whole(perSecond)} transactions/s; a small commit ${median(alone.map(({ commitMs }) => commitMs)).toFixed(2)} ms`,
    },
    {
      what: 'the same, beside an import without governor',
      measured: p95(without),
      ratio: `${loss(without)} % longer`,
      note: `the import: ${rate(without)}`,
    },
    {
      what: 'the same, beside an import with governor',
      measured: p95(governed),
      ratio: `${loss(governed)} % longer`,
      wanted: '< 5 % longer',
      note: `the import: ${rate(governed)}; budget: what commits take alone × ${ROOM}`,
    },
  ];
}

function say(name: string, phase: Phase): Phase {
  const { shop, rate } = phase;
  console.error(
    `  ${name}: p50 ${shop.p50.toFixed(2)} ms, p95 ${shop.p95.toFixed(2)} ms of ${shop.transactions}; ${whole(rate)} messages/s`,
  );
  return phase;
}
