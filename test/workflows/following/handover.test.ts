import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { forTenMinutes } from '../../../activities/conversations/streams/ten-minutes.js';
import type { FollowActivities } from '../../../activities/conversations/types.js';
import { followWorkflowId } from '../../../domain/conversations/ids.js';
import { systemClock } from '../../../gateways/clock.js';
import { followStart } from '../../../gateways/temporal/conversations/follow.js';
import { createWorkers } from '../../../gateways/temporal/queue-workers.js';
import { openWorkflowControl, type WorkflowControl } from '../../../gateways/temporal/workflow-control.js';
import { workflowBundle } from '../../support/bundle.js';
import { temporalAddress } from '../../support/servers.js';
import { type DevNamespace, devNamespace, until } from '../environment.js';

let server: DevNamespace;
let control: WorkflowControl;
/** The processes that follow now, by name. */
const following = new Set<string>();

beforeAll(async () => {
  server = await devNamespace('handover');
  control = openWorkflowControl({
    environment: { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: server.namespace },
  });
});
afterAll(async () => {
  await control.close();
  await server.close();
});

/** A process with workers as they are shipped; its lanes last until they are told to end. Returns what ends it. */
async function process(name: string): Promise<() => Promise<void>> {
  const activities: FollowActivities = {
    followTable: () =>
      forTenMinutes(systemClock, async (_, signal) => {
        following.add(name);
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        following.delete(name);
        return { followed: true };
      }),
    pollSource: async () => ({ followed: false }),
  };
  const connection = await NativeConnection.connect({ address: temporalAddress() });
  const workers = await createWorkers(connection, server.namespace, {
    queues: ['workflows', 'following'],
    workflowBundlePath: (await workflowBundle()).codePath,
    callActivities: {},
    importActivities: {},
    followActivities: { ...activities },
  });
  const runs = Promise.all(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) worker.shutdown();
    await runs;
    await connection.close();
  };
}

it('a process that is told to end leaves its lane to another one, or to its successor, and nothing has to time out first', async () => {
  const follower = () => [...following].join(', ');
  const handle = server.client.workflow.getHandle(followWorkflowId('messages'));
  const endFirst = await process('first');
  await control.start([followStart('messages')]);
  await until(() => follower() === 'first', 'the first one follows');

  const endSecond = await process('second');
  await endFirst();
  await until(() => follower() === 'second', 'another one follows');

  await endSecond();
  const endThird = await process('third');
  await until(() => follower() === 'third', 'the successor follows');

  const { events } = await handle.fetchHistory();
  const timedOut = (events ?? []).filter(
    (event) => event.workflowTaskTimedOutEventAttributes ?? event.activityTaskTimedOutEventAttributes,
  );
  expect(timedOut).toEqual([]);
  // An attempt that timed out for silence leaves no event; only the next attempt's number shows it.
  const { raw } = await handle.describe();
  expect(raw.pendingActivities).toMatchObject([{ attempt: 1 }]);
  await endThird();
});
