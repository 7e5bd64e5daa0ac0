import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPreflight } from '../../../../activities/conversations/preflight/preflight.js';
import { withFailures } from '../../../../activities/engine/failures.js';
import type { ApiKind } from '../../../../api/engine/kind.js';
import { askPreflight } from '../../../../api/engine/operations/preflight.js';
import { systemClock } from '../../../../gateways/clock.js';
import { openTemporal, type TemporalClient } from '../../../../gateways/temporal/client.js';
import { stackEnv } from '../../../support/servers.js';
import {
  type DevNamespace,
  devNamespace,
  runWorkers,
  type RunningWorkers,
} from '../../../workflows/environment.js';
import { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';

const BRAND = 'br_1_1';
const name = 'Lakeside Dental';

let world: ImportWorld;
let server: DevNamespace;
let workers: RunningWorkers;
let temporal: TemporalClient;
beforeAll(async () => {
  world = await ImportWorld.open();
  server = await devNamespace('preflight');
  const activity = createPreflight({
    store: world.store,
    conversations: {
      getAccount: async (account_id) =>
        account_id === 'acc_1' ? { account_id, name, status: 'active' } : undefined,
      getMigrationPayload: async (account_id) => ({
        account: { account_id, name, locale: 'en-US' },
        brands: [{ brand_id: BRAND, name, channels: [{ channel_id: 'ch_1', type: 'pigeon' }] }],
        messages: { kind: 'dynamodb' },
      }),
      close: async () => undefined,
    },
    ...{ recentDays: 30, clock: systemClock, tables: world.tables, dumps: world.dumps },
  });
  workers = await runWorkers(server, withFailures({ preflight: activity }, { error: () => undefined }));
  temporal = openTemporal({ environment: { ...stackEnv(), TEMPORAL_NAMESPACE: server.namespace } });
});
afterAll(async () => {
  await temporal?.close();
  await workers?.stop();
  await server?.close();
  await world?.close();
});

const conversations = { name: 'conversations', hasPreflight: true } as ApiKind;

test('what a worker finds out at the source and in the store is an answer as the API describes it', async () => {
  await world.put('threads', [threadItem(BRAND, 'thr_1')]);
  await world.put('messages', [
    messageItem(BRAND, 'thr_1', 'msg_1', '2026-10-15T12:00:00.000Z'),
    messageItem(BRAND, 'thr_none', 'msg_2', '2025-10-15T12:00:00.000Z', { account_id: 'acc_2' }),
  ]);
  expect(await askPreflight(temporal, conversations, 'acc_1')).toMatchObject({
    ...{ kind: 'conversations', key: 'acc_1', name },
    start: { outcome: 'begins' },
    parts: { impossible: 1, problems: [{ unit: BRAND, part: 'ch_1' }] },
    records: [
      { stage: 'threads', low: 1 },
      { stage: 'messages', low: 2 },
    ],
    quarantine: { records: 1, reasons: [{ reason: 'belongs to another account' }] },
  });
  await expect(askPreflight(temporal, conversations, 'acc_2')).rejects.toMatchObject({
    type: 'AccountUnknown',
  });
});
