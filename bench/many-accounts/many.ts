import { setTimeout as sleep } from 'node:timers/promises';
import { spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { type Carryover, spentSince, startCarryover } from '../world/carryover.js';
import { messageOf, startScript } from '../world/child.js';
import type { Usage } from '../world/cpu.js';
import type { BenchDatabase } from '../world/database.js';
import { fillSource } from '../world/fill.js';
import { assertAllThere } from '../world/migration.js';
import { servedAccount } from '../world/served.js';
import { accountOf } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { temporalCounts } from '../world/temporal-counts.js';
import type { TemporalCounts } from '../world/temporal-counts.js';
import type { Starts, StartsResult } from './starts.js';
import { watchAccounts } from './watch.js';

const ACCOUNTS = Number(process.env['BENCH_ACCOUNTS'] ?? 500);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 2);
/** Accounts that are migrated before, and then started this many times, so that the API is as warm as one that has run for weeks. */
const WARMING = Math.min(ACCOUNTS, 100);
const TIMES = 15;
const MESSAGES = 20;

interface Round {
  readonly starts: StartsResult;
  readonly minutes: number;
  readonly cpu: Usage;
  readonly commits: number;
  readonly temporal: TemporalCounts;
}

/** Starts many small accounts at once, with one worker. */
export const manyAccountsPart: Part = {
  name: 'many-accounts',
  async run() {
    const rounds: Round[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) rounds.push(await runRound(round));
    const errors = rounds.flatMap(({ starts }) => starts.errors);
    if (errors.length > 0) throw new Error(`${errors.length} starts were refused, first: ${errors[0]}`);
    return rowsOf(rounds);
  },
};

async function runRound(round: number): Promise<Round> {
  const { env } = await sharedStack();
  const [warming, shapes] = [shapesOf(`warm_${round}`, WARMING), shapesOf(`many_${round}`, ACCOUNTS)];
  await fillSource(env, ...warming, ...shapes);
  const carryover = await startCarryover(
    env,
    [...warming, ...shapes].map((shape) => servedAccount(shape)),
  );
  try {
    const { database } = carryover;
    const warmingIds = warming.map((shape) => accountOf(shape));
    for (let time = 0; time < TIMES; time += 1) await startAll(carryover, warmingIds);
    const accountIds = shapes.map((shape) => accountOf(shape));
    const [commits, before, begun] = [await commitsOf(database), carryover.usage(), performance.now()];
    const starts = await startAll(carryover, accountIds);
    const minutes = (performance.now() - begun) / 60_000;
    const cpu = spentSince(before, carryover);
    await assertAllThere(database, (WARMING + ACCOUNTS) * MESSAGES);
    // The last runs end, and the last transactions are counted, a moment later.
    await sleep(2_000);
    const temporal = await temporalCounts(env, accountIds[0] ?? '');
    const measured = { starts, minutes, cpu, temporal, commits: (await commitsOf(database)) - commits };
    say(measured);
    return measured;
  } finally {
    await carryover.stop();
  }
}

function shapesOf(kind: string, count: number): Shape[] {
  return Array.from({ length: count }, (_, n) => {
    const name = `${kind}_${String(n).padStart(4, '0')}`;
    return { name, messages: MESSAGES, perThread: 4 };
  });
}

/** Starts all accounts at once, and waits until all are migrated. */
async function startAll(carryover: Carryover, accountIds: readonly string[]): Promise<StartsResult> {
  const { url, token } = carryover;
  const script = startScript(new URL('starts.js', import.meta.url), {
    url,
    token,
    accountIds,
  } satisfies Starts);
  const [starts] = await Promise.all([messageOf<StartsResult>(script), watchAccounts(carryover, accountIds)]);
  return starts;
}

function rowsOf(rounds: readonly Round[]): Row[] {
  const [first] = rounds;
  if (first === undefined) throw new Error('nothing was measured');
  const { actions, activities, events } = first.temporal;
  return [
    {
      what: `start-migration for ${whole(ACCOUNTS)} accounts at once`,
      measured: `p99 ${spread(rounds.map(({ starts }) => percentile(starts.waits, 0.99) / 1_000))} s`,
      note: `median ${spread(rounds.map(({ starts }) => percentile(starts.waits, 0.5) / 1_000))} s; no errors; ${WARMING} other accounts were migrated before, each started ${TIMES} times`,
    },
    {
      what: `${whole(ACCOUNTS)} accounts of ${MESSAGES} messages, until all are migrated`,
      measured: `${spread(
        rounds.map(({ minutes }) => ACCOUNTS / minutes),
        0,
      )} accounts a minute`,
      wanted: '≥ 450',
      note: `CPU seconds: ${cpuText(first.cpu)}`,
    },
    {
      what: 'Temporal actions of one of them',
      measured: String(actions),
      wanted: '≤ 10',
      note: `${activities} activities, ${events} events in histories; in the store ${(first.commits / ACCOUNTS).toFixed(0)} transactions, API and watching included`,
    },
  ];
}

/** The number of transactions that the database has committed; those of the last second may be missing. */
async function commitsOf({ pool }: BenchDatabase): Promise<number> {
  const { rows } = await pool.query<{ commits: string }>(
    'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0]?.commits);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function cpuText(cpu: Usage): string {
  return Object.entries(cpu)
    .map(([program, seconds]) => `${program} ${seconds.toFixed(1)}`)
    .join(', ');
}

function say({ starts, minutes, cpu, commits, temporal }: Round): void {
  const facts = [
    `${starts.errors.length} errors, p99 ${percentile(starts.waits, 0.99).toFixed(0)} ms`,
    `all migrated in ${(minutes * 60).toFixed(1)} s`,
    `CPU ${cpuText(cpu)}`,
    `${(commits / ACCOUNTS).toFixed(1)} transactions, ${JSON.stringify(temporal)} an account`,
  ];
  console.error(`  ${facts.join('; ')}`);
}
