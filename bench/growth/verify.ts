import { setTimeout as sleep } from 'node:timers/promises';
import { spentSince } from '../world/carryover.js';
import type { Carryover } from '../world/carryover.js';
import { memoryNow, peakMemory } from '../world/cpu.js';
import type { Usage } from '../world/cpu.js';
import { post } from '../world/migration.js';

export interface Verified {
  readonly seconds: number;
  /** CPU seconds in that time, by program. */
  readonly cpu: Usage;
  /** MB of the worker: before, when it had only verified a small account, and the peak while it verified. */
  readonly idle: number;
  readonly peak: number;
}

const POLL_MS = 50;

/** Verifies a migrated account by a new worker, after a small one that warms it up. Throws unless source and store are equal. */
export async function verify(
  carryover: Carryover,
  accountId: string,
  smallAccountId: string,
): Promise<Verified> {
  const { pid } = await carryover.freshWorker();
  await verifyOne(carryover, smallAccountId);
  const idle = memoryNow(pid);
  const [begun, before] = [performance.now(), carryover.usage()];
  await verifyOne(carryover, accountId);
  return {
    seconds: (performance.now() - begun) / 1_000,
    cpu: spentSince(before, carryover),
    idle,
    peak: peakMemory(pid),
  };
}

async function verifyOne(carryover: Carryover, accountId: string): Promise<void> {
  const { pool } = carryover.database;
  await post(carryover, `migrations/${accountId}/verify`, {});
  for (;;) {
    const { rows } = await pool.query<{ state: string }>(
      'SELECT state FROM carryover.verifications WHERE subject = $1 ORDER BY id DESC LIMIT 1',
      [accountId],
    );
    const state = rows[0]?.state;
    if (state === 'equal') return;
    const broke = carryover.broken() ?? (state === 'running' ? undefined : state);
    if (broke !== undefined) throw new Error(`the verification ended: ${broke}`);
    await sleep(POLL_MS);
  }
}
