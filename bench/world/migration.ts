import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { STATUS_CHANNEL } from '../../domain/engine/ids.js';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import type { ServedAccount } from '../../dev/sample/conversations-service.js';
import { spentSince, startCarryover } from './carryover.js';
import type { Carryover, CarryoverOptions } from './carryover.js';
import { confine } from './confine.js';
import type { Confined } from './confine.js';
import { peakMemory } from './cpu.js';
import type { Usage } from './cpu.js';
import type { BenchDatabase } from './database.js';
import { fillSource } from './fill.js';
import { forgetWorkflows } from './forget-workflows.js';
import { heldOf } from './held.js';
import type { Held } from './held.js';
import { servedAccount } from './served.js';
import { accountOf, brandOf } from './source.js';
import type { Shape } from './source.js';
import { temporalCounts } from './temporal-counts.js';

export interface Measured {
  /** From the start to the check of the last message, or to the last row. */
  readonly seconds: number;
  /** CPU seconds in that time, by program. */
  readonly cpu: Usage;
  /** Peak memory of the process that did the work, in MB. */
  readonly memory: number;
  /** What the store holds afterwards. */
  readonly held: Held;
  /** Whether workers were limited to their cores. */
  readonly confined?: boolean;
}

export interface Migrated extends Measured {
  /** Temporal's, of the account, up to here. */
  readonly actions: number;
}

const POLL_MS = 20;
/** The status is read after this time even without news, as a process may have died. */
const UNANNOUNCED_MS = 1_000;
const BEGINS_WITHIN_MS = 15_000;
/** Milliseconds for a message; a slower migration fails. */
const SLOWEST_MS = 2;

export interface MigrateOptions extends CarryoverOptions {
  readonly coresOfWorker?: number;
  /** The shape's account; default: as `servedAccount` answers it. */
  readonly account?: ServedAccount;
  /** Starts work beside the migration, and returns a function that ends it; gets the small account that was migrated before. */
  readonly beside?: (
    carryover: Carryover,
    small: Shape,
  ) => (() => Promise<void>) | Promise<() => Promise<void>>;
  /** Measures something else while the processes run; also gets a small account that was migrated before. */
  readonly afterwards?: (carryover: Carryover, smallAccountId: string) => Promise<void>;
}

let runs = 0;

/** Enough for each of several workers to compile what an import runs: a compiler that has a part of a core would take long for it. */
const WARMING = 120_000;

/** The shape that every worker and API migrates first, so that they are as warm as those that have run for weeks. */
function firstShape(messages = 80): Shape {
  runs += 1;
  return { name: `first-${process.pid}-${runs}`, messages };
}

/**
 * Runs one whole migration with the shipped processes, into its own database: from the request to the API until the store has
 * `all-messages-migrated`. Afterwards everything is stopped and deleted, so that the same account can be migrated again.
 */
export async function migrate(
  env: StackEnvironment,
  shape: Shape,
  options: MigrateOptions = {},
): Promise<Migrated> {
  const { account = servedAccount(shape) } = options;
  const first = firstShape(options.coresOfWorker === undefined ? undefined : WARMING);
  await fillSource(env, first);
  const carryover = await startCarryover(env, [servedAccount(first), account], options);
  const confined: (Confined | undefined)[] = [];
  try {
    await runMigration(env, carryover, first);
    // Its workflows have ended by then, too.
    await sleep(1_000);
    const { coresOfWorker: cores } = options;
    if (cores !== undefined) confined.push(...carryover.workers.map(({ pid }) => confine(pid, cores)));
    const { seconds, cpu } = await besides(await options.beside?.(carryover, first), () =>
      runMigration(env, carryover, shape),
    );
    const memory = Math.max(...carryover.workers.map(({ pid }) => peakMemory(pid)));
    await assertAllThere(carryover.database, first.messages + shape.messages);
    const held = await heldOf(carryover.database, shape);
    const { actions } = await temporalCounts(env, accountOf(shape));
    await options.afterwards?.(carryover, accountOf(first));
    return {
      seconds,
      cpu,
      memory,
      held,
      actions,
      confined: confined.length > 0 && !confined.includes(undefined),
    };
  } finally {
    await carryover.stop();
    for (const one of confined) one?.end();
    await forgetWorkflows(env, accountOf(shape), brandOf(shape));
  }
}

async function besides<T>(end: (() => Promise<void>) | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await end?.();
  }
}

/** From the start until the store has `all-messages-migrated`. */
export async function runMigration(
  env: StackEnvironment,
  carryover: Carryover,
  shape: Shape,
): Promise<Pick<Measured, 'seconds' | 'cpu'>> {
  const { begun, before } = await begin(env, carryover, shape);
  await untilMigrated(carryover, shape);
  return { seconds: (performance.now() - begun) / 1_000, cpu: spentSince(before, carryover) };
}

/** Starts the migration, again if Temporal still knew a deleted run of the account and did nothing. */
async function begin(
  env: StackEnvironment,
  carryover: Carryover,
  shape: Shape,
): Promise<{ readonly begun: number; readonly before: Usage }> {
  for (let tries = 1; ; tries += 1) {
    const [begun, before] = [performance.now(), carryover.usage()];
    await startMigration(carryover, accountOf(shape));
    const beginBy = begun + BEGINS_WITHIN_MS;
    while (performance.now() < beginBy) {
      if ((await statusOf(carryover, shape)) !== undefined) return { begun, before };
      await sleep(POLL_MS);
    }
    if (tries === 3) throw new Error('the migration does not begin');
    await forgetWorkflows(env, accountOf(shape), brandOf(shape));
  }
}

/** Throws if the API does not answer 202. */
export async function startMigration(carryover: Carryover, accountId: string): Promise<void> {
  await post(carryover, 'start-migration', { account_id: accountId });
}

/** Throws if the API does not answer 202. */
export async function post({ url, token }: Carryover, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${url}/v2/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 202) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/**
 * Throws if the migration fails, or is too slow to be worth measuring. Asks the store when it announces a new status: polling would take CPU time
 * from what is measured.
 */
async function untilMigrated(carryover: Carryover, shape: Shape): Promise<void> {
  const listener = await carryover.database.pool.connect();
  try {
    await listener.query(`LISTEN ${pg.escapeIdentifier(STATUS_CHANNEL)}`);
    const endBy = performance.now() + 60_000 + shape.messages * SLOWEST_MS;
    while (performance.now() < endBy) {
      const news = once(listener, 'notification', { signal: AbortSignal.timeout(UNANNOUNCED_MS) }).catch(
        () => undefined,
      );
      const status = await statusOf(carryover, shape);
      if (status === 'all-messages-migrated') return;
      const broke = carryover.broken() ?? (status?.endsWith('-failure') === true ? status : undefined);
      if (broke !== undefined) throw new Error(`the migration ended: ${broke}`);
      await news;
    }
    throw new Error(`the migration is not done: ${await statusOf(carryover, shape)}`);
  } finally {
    listener.release(true);
  }
}

async function statusOf({ database: { pool } }: Carryover, shape: Shape): Promise<string | undefined> {
  const { rows } = await pool.query<{ status: string | null }>(
    "SELECT migration ->> 'status' AS status FROM accounts WHERE source_id = $1",
    [accountOf(shape)],
  );
  return rows[0]?.status ?? undefined;
}

/** Throws unless all messages are in the store: a fast import of fewer does not count. */
export async function assertAllThere({ pool }: BenchDatabase, wanted: number): Promise<void> {
  const { rows } = await pool.query<{ messages: string }>('SELECT count(*) AS messages FROM messages');
  const messages = Number(rows[0]?.messages);
  if (messages !== wanted) throw new Error(`${messages} of ${wanted} messages are in the store`);
}
