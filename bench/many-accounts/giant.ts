import { setTimeout as sleep } from 'node:timers/promises';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { median, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { startCarryover } from '../world/carryover.js';
import type { Carryover } from '../world/carryover.js';
import { fillSource } from '../world/fill.js';
import { assertAllThere, startMigration } from '../world/migration.js';
import { withOtherTemporal } from '../world/other-temporal.js';
import { servedAccount } from '../world/served.js';
import { accountOf } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { type Arrival, watchAccounts } from './watch.js';

const GIANT: Shape = {
  name: 'giant',
  messages: Number(process.env['BENCH_GIANT'] ?? 150_000),
};
const SMALL = Array.from({ length: Number(process.env['BENCH_SMALL'] ?? 20) }, (_, n): Shape => {
  const name = `beside_${String(n).padStart(2, '0')}`;
  return { name, messages: 20, perThread: 4 };
});

interface Measured {
  /** Seconds from a small account's start to its recent messages, and to all its messages. */
  readonly recent: readonly number[];
  readonly all: readonly number[];
  /** Seconds from the small ones' start to the giant's end. */
  readonly giant: number;
}

/** Starts a giant, then small accounts: measures how long they wait, with and without fairness between accounts. */
export const giantPart: Part = {
  name: 'giant',
  async run() {
    const { env } = await sharedStack();
    await fillSource(env, GIANT, ...SMALL);
    const fair = await measure(env);
    const unfair = await withOtherTemporal({ 'matching.enableFairness': false }, (TEMPORAL_ADDRESS) =>
      measure({ ...env, TEMPORAL_ADDRESS }),
    );
    return [...rowsOf(fair, 'fairness on'), ...rowsOf(unfair, 'fairness off, for comparison')];
  },
};

async function measure(env: StackEnvironment): Promise<Measured> {
  const shapes = [GIANT, ...SMALL];
  const carryover = await startCarryover(
    env,
    shapes.map((shape) => servedAccount(shape)),
  );
  try {
    const giant = accountOf(GIANT);
    const small = SMALL.map((shape) => accountOf(shape));
    await startMigration(carryover, giant);
    await untilImporting(carryover);
    const begun = performance.now();
    await Promise.all(small.map((accountId) => startMigration(carryover, accountId)));
    const arrivals = await watchAccounts(carryover, [giant, ...small]);
    await assertAllThere(carryover.database, GIANT.messages + 20 * SMALL.length);
    const since = (account: string, word: keyof Arrival) =>
      ((arrivals.get(account)?.[word] ?? Number.NaN) - begun) / 1_000;
    const measured = {
      recent: small.map((account) => since(account, 'recent')),
      all: small.map((account) => since(account, 'all')),
      giant: since(giant, 'all'),
    };
    console.error(
      `  recent after ${median(measured.recent).toFixed(1)} s, at most ${Math.max(...measured.recent).toFixed(1)} s; ` +
        `all after at most ${Math.max(...measured.all).toFixed(1)} s; the giant after ${measured.giant.toFixed(1)} s`,
    );
    return measured;
  } finally {
    await carryover.stop();
  }
}

/** Resolves once the giant's messages arrive, so that later accounts find the worker busy. */
async function untilImporting({ database: { pool }, broken }: Carryover): Promise<void> {
  for (;;) {
    const { rows } = await pool.query('SELECT 1 FROM messages LIMIT 1');
    if (rows.length > 0) return;
    const broke = broken();
    if (broke !== undefined) throw new Error(broke);
    await sleep(50);
  }
}

function rowsOf({ recent, all, giant }: Measured, how: string): Row[] {
  const before = all.filter((seconds) => seconds < giant).length;
  return [
    {
      what: `${SMALL.length} small accounts behind one of ${whole(GIANT.messages)} messages, ${how}: recent messages`,
      measured: `median ${median(recent).toFixed(1)} s, most ${Math.max(...recent).toFixed(1)} s`,
      wanted: 'seconds',
    },
    {
      what: `of them all migrated before the giant, ${how}`,
      measured: `${before} of ${all.length}`,
      wanted: 'all',
      note: `the last after ${Math.max(...all).toFixed(1)} s, the giant after ${giant.toFixed(1)} s`,
    },
  ];
}
