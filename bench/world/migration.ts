import { setTimeout as sleep } from 'node:timers/promises';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { spentSince, startCarryover } from './carryover.js';
import type { Carryover, CarryoverOptions } from './carryover.js';
import { peakMemory } from './cpu.js';
import type { Usage } from './cpu.js';
import type { BenchDatabase } from './database.js';
import { fillSource } from './fill.js';
import { forgetWorkflows } from './forget-workflows.js';
import { accountOf, brandOf } from './source.js';
import type { Shape } from './source.js';

export interface Measured {
  /** From the start to the last message's check, or the last row. */
  readonly seconds: number;
  /** CPU seconds in that time, by program. */
  readonly cpu: Usage;
  /** Peak memory of the process that did the work, MB. */
  readonly memory: number;
}

const POLL_MS = 20;

/** Migrated first by every worker and API: what they load and connect at a first migration is done then, as where they run for weeks. */
const FIRST: Shape = { name: 'first', messages: 80, perThread: 40 };

/**
 * One whole migration with the processes as they are shipped, into a database of its own: from the request to the API until the
 * store says `all-messages-migrated`. Everything is ended and removed afterwards, so that the same account can be migrated again.
 */
export async function migrate(
  env: StackEnvironment,
  shape: Shape,
  options: CarryoverOptions = {},
): Promise<Measured> {
  await fillSource(env, FIRST);
  const carryover = await startCarryover(env, [FIRST, shape], options);
  try {
    await startMigration(carryover, accountOf(FIRST));
    await untilMigrated(carryover, FIRST);
    // Its workflows have come to their end too.
    await sleep(1_000);
    const before = carryover.usage();
    const begun = performance.now();
    await startMigration(carryover, accountOf(shape));
    await untilMigrated(carryover, shape);
    const seconds = (performance.now() - begun) / 1_000;
    const cpu = spentSince(before, carryover);
    const memory = peakMemory(carryover.worker.pid);
    await assertAllThere(carryover.database, FIRST.messages + shape.messages);
    return { seconds, cpu, memory };
  } finally {
    await carryover.stop();
    for (const one of [FIRST, shape]) await forgetWorkflows(env, accountOf(one), brandOf(one));
  }
}

/** Throws when the API does not answer 202. */
export async function startMigration({ url, token }: Carryover, accountId: string): Promise<void> {
  const answer = await fetch(`${url}/v2/start-migration`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ account_id: accountId }),
  });
  if (answer.status !== 202) throw new Error(`start-migration: ${answer.status} ${await answer.text()}`);
}

async function untilMigrated({ database: { pool }, broken }: Carryover, shape: Shape): Promise<void> {
  const beginBy = Date.now() + 30_000;
  for (;;) {
    const { rows } = await pool.query<{ status: string | null }>(
      "SELECT migration ->> 'status' AS status FROM accounts WHERE source_id = $1",
      [accountOf(shape)],
    );
    const status = rows[0]?.status;
    if (status === 'all-messages-migrated') return;
    const broke = broken() ?? (status?.endsWith('-failure') === true ? status : undefined);
    if (broke !== undefined) throw new Error(`the migration ended: ${broke}`);
    if (status === undefined && Date.now() > beginBy) throw new Error('the migration does not begin');
    await sleep(POLL_MS);
  }
}

/** A fast import of less is none. */
export async function assertAllThere({ pool }: BenchDatabase, wanted: number): Promise<void> {
  const { rows } = await pool.query<{ messages: string }>('SELECT count(*) AS messages FROM messages');
  const messages = Number(rows[0]?.messages);
  if (messages !== wanted) throw new Error(`${messages} of ${wanted} messages are in the store`);
}
