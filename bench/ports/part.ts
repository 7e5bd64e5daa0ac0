import { setTimeout as sleep } from 'node:timers/promises';
import { startCarrier } from '../../dev/sample/carrier.js';
import type { Part, Row } from '../frame/part.js';
import { SECRET, WEBHOOK_SECRET, startCarryover } from '../world/carryover.js';
import type { Carryover } from '../world/carryover.js';
import { fillSource } from '../world/fill.js';
import { runMigration } from '../world/migration.js';
import { servedAccount } from '../world/served.js';
import { accountOf } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { temporalCounts } from '../world/temporal-counts.js';
import type { TemporalCounts } from '../world/temporal-counts.js';

const PORTS = [0, 1, 3] as const;
const WITHOUT_PORTS = 10;
const A_PORT = 3;
/** Some time after the order the carrier fixes a date, and then the number is ported; it calls back each time. */
const SCHEDULE = { firstStepMs: 3_000, nextStepMs: 2_000 };
const POLL_MS = 100;
/** The last workflows end, and are visible, within this time. */
const END_MS = 2_000;

/** Counts what small accounts cost in Temporal, with the numbers that they port. */
export const portsPart: Part = {
  name: 'ports',
  async run() {
    const { env } = await sharedStack();
    const accounts = PORTS.map((ports): { shape: Shape; numbers: string[] } => ({
      shape: { name: `ports_${ports}`, messages: 20, perThread: 4 },
      numbers: Array.from({ length: ports }, (_, at) => `+1555200${ports}00${at}`),
    }));
    await fillSource(env, ...accounts.map(({ shape }) => shape));
    const carrier = await startCarrier({
      token: SECRET,
      webhookSecrets: [WEBHOOK_SECRET],
      schedule: SCHEDULE,
    });
    const carryover = await startCarryover(
      env,
      accounts.map(({ shape, numbers }) => servedAccount(shape, { ports: numbers })),
      { environment: { CARRIER_API_URL: carrier.url } },
    );
    try {
      for (const { shape } of accounts) await runMigration(env, carryover, shape);
      await untilPorted(carryover);
      await sleep(END_MS);
      const counts = await Promise.all(accounts.map(({ shape }) => temporalCounts(env, accountOf(shape))));
      return counts.map((counted, at) => rowOf(PORTS[at] ?? 0, counted));
    } finally {
      await carryover.stop();
      await carrier.stop();
    }
  },
};

async function untilPorted({ database: { pool }, broken }: Carryover): Promise<void> {
  const wanted = PORTS.reduce<number>((sum, ports) => sum + ports, 0);
  for (;;) {
    const { rows } = await pool.query<{ ported: number }>(
      "SELECT count(*)::int AS ported FROM phone_portings WHERE status = 'complete'",
    );
    if (rows[0]?.ported === wanted) return;
    const broke = broken();
    if (broke !== undefined) throw new Error(broke);
    await sleep(POLL_MS);
  }
}

function rowOf(ports: number, { actions, activities, events }: TemporalCounts): Row {
  const numbers = ports === 0 ? 'without ports' : ports === 1 ? 'with one port' : `with ${ports} ports`;
  return {
    what: `Temporal actions of a small account ${numbers}`,
    measured: String(actions),
    wanted: `≤ ${WITHOUT_PORTS + A_PORT * ports}`,
    note: `${activities} activities, ${events} events in histories; a port is called back twice`,
  };
}
