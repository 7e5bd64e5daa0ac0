/** An import as a worker does it, with or without a governor, as a process of its own. Its argument is an Import; it ends at SIGTERM. */

import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { createImportSlices } from '../../activities/conversations/import-slices.js';
import type { ImportProgress, Phase } from '../../activities/conversations/types.js';
import { Governor } from '../../activities/import/governor.js';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { openDumps } from '../../gateways/dumps/client.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import { openStore } from '../../gateways/store/connect.js';
import { PressureProbe } from '../../gateways/store/pressure.js';
import { scriptArgument } from '../world/child.js';

export interface Import {
  readonly url: string;
  readonly env: StackEnvironment;
  readonly accountId: string;
  readonly brandId: string;
  /** Milliseconds that a commit of others may take; left out, there is no governor. */
  readonly budgetMs?: number | undefined;
}

const { url, env, accountId, brandId, budgetMs } = await scriptArgument<Import>();
process.env['AWS_ACCESS_KEY_ID'] = env.AWS_ACCESS_KEY_ID;
process.env['AWS_SECRET_ACCESS_KEY'] = env.AWS_SECRET_ACCESS_KEY;
const store = openStore(url, { max: 24, applicationName: 'carryover-worker' });
const tables = openSourceTables({ region: env.AWS_REGION, endpoint: env.DYNAMODB_ENDPOINT });
const governor =
  budgetMs === undefined
    ? undefined
    : new Governor({
        probe: new PressureProbe(url),
        pool: store.pool,
        budget: { commitMs: budgetMs, lagSeconds: 10 },
      });
const importSlices = createImportSlices({ store, tables, dumps: openDumps(), governor });

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
try {
  for (const phase of ['recent', 'remaining'] satisfies Phase[]) while (!(await work(phase)).finished);
} catch (error) {
  if (!stop.signal.aborted) throw error;
}
await governor?.close();
tables.close();
await store.close();
process.disconnect?.();

/** Throws once the process is to end. */
async function work(phase: Phase): Promise<ImportProgress> {
  stop.signal.throwIfAborted();
  const activity = new MockActivityEnvironment(defaultActivityInfo);
  const cancel = (): void => activity.cancel('CANCELLED');
  stop.signal.addEventListener('abort', cancel, { once: true });
  try {
    return await activity.run(importSlices, { accountId, brandId, phase });
  } finally {
    stop.signal.removeEventListener('abort', cancel);
  }
}
