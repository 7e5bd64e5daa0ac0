import { Client, Connection } from '@temporalio/client';
import { createSourceTables, sampleDocumentClient } from '../../dev/sample/dynamodb.js';
import { type Stack, startStack } from '../../dev/servers/stack.js';
import { workflowId } from '../../domain/onboarding/names.js';
import { DEFAULT_BATCH_SIZE } from '../../domain/onboarding/requests.js';
import { actionsOf, sumOf } from '../frame/actions.js';
import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { cpuNote, say } from '../frame/usage.js';
import { type Carryover, spentSince } from '../world/carryover.js';
import { endChild, messageOf, startScript } from '../world/child.js';
import { cpuOfServers, cpuSecondsOf, memoryNow, peakMemory, usageSince } from '../world/cpu.js';
import { placeOf } from '../world/fill.js';
import type { PlainResult, PlainTask } from './plain.js';
import { ask, type BenchProduct, carryoverOf, type Ended, migrateAll, newProduct } from './product.js';

const USERS = Number(process.env['BENCH_USERS'] ?? 20_000);
const MANY = Number(process.env['BENCH_MANY_USERS'] ?? 100_000);
const SINGLE = Number(process.env['BENCH_SINGLE_USERS'] ?? 500);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const WARMING = 300;
const TTL_SECONDS = 604_800;

/**
 * Migrates users of onboarding: compared with a plain script for the same work, one after the other, and so many that growth of memory would show.
 */
export const onboardingPart: Part = {
  name: 'onboarding',
  async run() {
    const stack = await startStack({ dynamodb: 'dynalite', redis: true });
    try {
      // A worker looks whether the source's tables are there.
      const source = sampleDocumentClient(placeOf(stack.env));
      await createSourceTables(source);
      source.destroy();
      return [...(await besidePlain(stack)), await oneByOne(stack), ...(await many(stack)), ...ORIGINAL];
    } finally {
      await stack.stop();
    }
  },
};

/** Of the system that this kind replaces, as its own documents have them. */
const ORIGINAL: readonly Row[] = [
  { what: 'the original, as documented: all users', measured: '1,000 users an hour (0.28 users/s)' },
  { what: 'the original, as documented: one user', measured: '2 s' },
];

type Run = Parameters<typeof say>[1];

async function besidePlain(stack: Stack): Promise<Row[]> {
  const [plain, own]: [Run[], Run[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    plain.push(say('plain script', await onProduct(stack, runPlain)));
    own.push(say('Carryover', await onProduct(stack, runOwn(stack))));
  }
  const ratios = plain.map(({ seconds }, at) => seconds / (own[at]?.seconds ?? seconds));
  return [
    { what: `a plain script, ${whole(USERS)} users`, measured: usersRate(plain), note: cpuNote(plain) },
    {
      what: `Carryover, ${whole(USERS)} users, to the recorded end`,
      measured: usersRate(own),
      ratio: spread(ratios),
      wanted: '≥ 0.6',
      note: cpuNote(own),
    },
  ];
}

async function onProduct<T>(stack: Stack, work: (product: BenchProduct) => Promise<T>): Promise<T> {
  const product = await newProduct(stack, USERS);
  try {
    return await work(product);
  } finally {
    await product.drop();
  }
}

async function runPlain({ databaseUrl, redisUrl, prefix }: BenchProduct): Promise<Run> {
  const task: PlainTask = { databaseUrl, redisUrl, prefix, ttlSeconds: TTL_SECONDS };
  const script = startScript(new URL('plain.js', import.meta.url), task);
  const pid = script.pid ?? 0;
  const before = { ...cpuOfServers(), script: cpuSecondsOf(pid) };
  const { users, seconds } = await messageOf<PlainResult>(script);
  if (users !== USERS) throw new Error(`the plain script has migrated ${users} of ${USERS} users`);
  const cpu = usageSince(before, { ...cpuOfServers(), script: cpuSecondsOf(pid) });
  const memory = peakMemory(pid);
  await endChild(script);
  return { seconds, memory, cpu: serversOf(cpu) };
}

const runOwn =
  (stack: Stack) =>
  async (product: BenchProduct): Promise<Run> => {
    const carryover = await carryoverOf(stack, product);
    try {
      const ids = await warm(carryover, product);
      const before = carryover.usage();
      const ended = await migrateAll(carryover);
      expectAll(ended, USERS - ids);
      const seconds = (ended.processing_time_ms / 1_000) * (USERS / (USERS - ids));
      return {
        seconds,
        memory: peakMemory(carryover.workers[0]?.pid ?? 0),
        cpu: serversOf(spentSince(before, carryover)),
      };
    } finally {
      await carryover.stop();
    }
  };

/** Warms the worker up; returns how many users that took. */
async function warm(carryover: Carryover, { pool }: BenchProduct): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id::text FROM users ORDER BY id DESC LIMIT ${WARMING}`,
  );
  const ended = await ask<Ended>(carryover, 'POST', '/migrate?wait=60', {
    user_ids: rows.map(({ id }) => id),
  });
  expectAll(ended, WARMING);
  return WARMING;
}

async function oneByOne(stack: Stack): Promise<Row> {
  const product = await newProduct(stack, 2 * WARMING + SINGLE);
  const carryover = await carryoverOf(stack, product);
  try {
    await warm(carryover, product);
    const { rows } = await product.pool.query<{ id: string }>(
      `SELECT id::text FROM users WHERE onboarding_status <> 'migrated' ORDER BY id`,
    );
    const times: number[] = [];
    for (const { id } of rows) {
      const begun = performance.now();
      await ask(carryover, 'POST', `/migrate/${id}`);
      times.push(performance.now() - begun);
    }
    const measured = times.slice(-SINGLE).toSorted((a, b) => a - b);
    return {
      what: 'POST /migrate/{user_id}, one after the other, until the answer',
      measured: `p95 ${Math.round(measured[Math.floor(measured.length * 0.95)] ?? 0)} ms`,
      note: `median ${Math.round(median(measured))} ms; ${whole(measured.length)} users`,
    };
  } finally {
    await carryover.stop();
    await product.drop();
  }
}

async function many(stack: Stack): Promise<Row[]> {
  const product = await newProduct(stack, MANY);
  const carryover = await carryoverOf(stack, product);
  try {
    const ids = await warm(carryover, product);
    const pid = carryover.workers[0]?.pid ?? 0;
    // Peaks of each fifth.
    const peaks: number[] = [];
    const atWarm = memoryNow(pid);
    const ended = await migrateAll(carryover, (done) => {
      if (done < ((peaks.length + 1) * (MANY - ids)) / 5) return;
      peaks.push(peakMemory(pid));
      memoryNow(pid);
    });
    expectAll(ended, MANY - ids);
    const actions = await actionsFor(stack, ended.migration_id);
    const batches = Math.ceil((MANY - ids) / DEFAULT_BATCH_SIZE);
    return [
      {
        what: `${whole(MANY)} users: the worker's peak memory`,
        measured: `${Math.round(Math.max(...peaks))} MB`,
        wanted: '< 250 MB, flat',
        note: `${Math.round(atWarm)} MB before; of each fifth of the users ${peaks.map((peak) => Math.round(peak)).join(', ')} MB; ${whole((MANY - ids) / (ended.processing_time_ms / 1_000))} users/s`,
      },
      {
        what: `Temporal actions a batch of ${DEFAULT_BATCH_SIZE}`,
        measured: (actions / batches).toFixed(2),
        wanted: '≤ 3',
        note: `${whole(actions)} for ${whole(batches)} batches`,
      },
    ];
  } finally {
    await carryover.stop();
    await product.drop();
  }
}

/** Of all its runs. */
async function actionsFor({ env }: Stack, migrationId: string): Promise<number> {
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });
  try {
    const { workflow } = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
    const runs: Promise<Awaited<ReturnType<typeof actionsOf>>>[] = [];
    const query = `WorkflowId = "${workflowId(migrationId)}"`;
    for await (const run of workflow.list({ query }))
      runs.push(actionsOf(workflow.getHandle(run.workflowId, run.runId)));
    if (runs.length === 0) throw new Error(`Temporal has no workflow of ${migrationId}`);
    return sumOf(await Promise.all(runs));
  } finally {
    await connection.close();
  }
}

function expectAll({ status, migrated_users: migrated, failed_users: failed }: Ended, users: number): void {
  if (status !== 'completed' || migrated !== users)
    throw new Error(`of ${users} users ${migrated} were migrated and ${failed} failed; it is ${status}`);
}

function usersRate(runs: readonly Run[]): string {
  return `${whole(USERS / median(runs.map(({ seconds }) => seconds)))} users/s`;
}

/** Without the servers that are not involved. */
function serversOf(cpu: Readonly<Record<string, number>>): Run['cpu'] {
  return Object.fromEntries(
    Object.entries(cpu).filter(([name]) => SHOWN.some((shown) => name.startsWith(shown))),
  );
}

const SHOWN = ['postgres', 'redis', 'temporal', 'worker', 'api', 'script'];
