/**
 * An import as a worker runs it, with or without a governor, as a process. Its argument is an Import. A SIGUSR2 pauses it after the current
 * batch, and the next one resumes it; SIGTERM ends it. It sends each decision of its governor.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { createEngineImports } from '../../activities/engine/activities.js';
import { importPass } from '../../activities/conversations/import/import-pass.js';
import type { LaneProgress } from '../../activities/engine/types.js';
import { CONVERSATIONS, migrationOf } from '../../domain/conversations/migration.js';
import type { Phase } from '../../domain/conversations/phases.js';
import { Governor } from '../../activities/engine/governing/governor.js';
import { Governors, STORE } from '../../activities/engine/governing/governors.js';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { openDumps } from '../../gateways/dumps/client.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import { PressureProbe } from '../../gateways/store/sql/pressure.js';
import { scriptArgument } from '../world/child.js';
import { systemClock } from '../../gateways/clock.js';

export interface Import {
  readonly url: string;
  readonly env: StackEnvironment;
  readonly accountId: string;
  readonly brandId: string;
  /** The budget for other users' commits, in milliseconds; without it there is no governor. */
  readonly budgetMs?: number | undefined;
}

/** A decision of the governor. */
export interface Decided {
  /** By the machine's clock, in milliseconds. */
  readonly at: number;
  readonly share: number;
}

const { url, env, accountId, brandId, budgetMs } = await scriptArgument<Import>();
process.env['AWS_ACCESS_KEY_ID'] = env.AWS_ACCESS_KEY_ID;
process.env['AWS_SECRET_ACCESS_KEY'] = env.AWS_SECRET_ACCESS_KEY;
const store = openStore(url, { max: 24, applicationName: 'carryover-worker' });
const tables = openSourceTables({ region: env.AWS_REGION, endpoint: env.DYNAMODB_ENDPOINT });
const governors =
  budgetMs === undefined
    ? undefined
    : new Governors({
        [STORE]: () =>
          new Governor({
            clock: systemClock,
            probe: new PressureProbe(url),
            pool: store.pool,
            budget: { commitMs: budgetMs, lagSeconds: 10 },
            metrics: {
              writeShare: (share) => void process.send?.({ at: Date.now(), share } satisfies Decided),
              commitSeconds: () => undefined,
              heldBack: () => undefined,
            },
          }),
      });
const copy = importPass({
  store,
  clock: systemClock,
  tables,
  dumps: openDumps(),
  finish: () => Promise.resolve(),
});
const { copySlices } = createEngineImports(
  { pool: store.pool, clock: systemClock, governors },
  { [CONVERSATIONS]: { copy } },
);

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
let turn = new AbortController();
let isResting = false;
process.on('SIGUSR2', () => {
  isResting = !isResting;
  if (isResting) turn.abort();
  else turn = new AbortController();
});
for (const phase of ['recent', 'remaining'] satisfies Phase[]) await through(phase);
await governors?.close();
tables.close();
await store.close();
process.disconnect?.();

async function through(phase: Phase): Promise<void> {
  while (!stop.signal.aborted) {
    if (isResting) await sleep(10);
    else if ((await work(phase))?.finished === true) return;
  }
}

/** Undefined if it was asked to pause or to end. */
async function work(phase: Phase): Promise<LaneProgress | undefined> {
  const activity = new MockActivityEnvironment(defaultActivityInfo);
  const signal = AbortSignal.any([stop.signal, turn.signal]);
  const cancel = (): void => activity.cancel('CANCELLED');
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await activity.run(copySlices, { ...migrationOf(accountId), unit: brandId, phase });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
