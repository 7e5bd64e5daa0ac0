import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { expect, test, vi } from 'vitest';
import { deadlineIn } from '../../../gateways/clock.js';
import { callsWithin } from '../../../gateways/temporal/calls-within.js';
import { workflowDescriber } from '../../../gateways/temporal/describe.js';
import { labelsOf } from '../../../domain/engine/web-ui/labels.js';
import { stackEnv } from '../../support/servers.js';
import { forThisFile } from '../../support/for-this-file.js';

const namespace = () => stackEnv().TEMPORAL_NAMESPACE;
let connection: Connection;
forThisFile(
  () => Connection.connect({ address: stackEnv().TEMPORAL_ADDRESS }),
  (opened) => (connection = opened),
);

/** Of Temporal's command types. */
const [SCHEDULE_ACTIVITY, START_CHILD] = [1, 11] as never[];

/** Temporal demands a deadline of whoever polls. */
const polled = <Task>(poll: () => Promise<Task>): Promise<Task> =>
  connection.withDeadline(deadlineIn(30_000), poll);

/** Starts a workflow of which this test is the worker. */
async function start() {
  const name = `describe-${randomUUID()}`;
  const { workflowService: service } = connection;
  const client = new Client({ connection, namespace: namespace() });
  const handle = await client.workflow.start('Nobody', { workflowId: name, taskQueue: name });
  /** Completes the open workflow task of this queue with commands. */
  const complete = async (commands: object[]): Promise<void> => {
    const { taskToken } = await polled(() =>
      service.pollWorkflowTaskQueue({
        namespace: namespace(),
        taskQueue: { name },
      }),
    );
    await service.respondWorkflowTaskCompleted({ namespace: namespace(), taskToken, commands });
  };
  const activity = (queue: string) => ({
    commandType: SCHEDULE_ACTIVITY,
    scheduleActivityTaskCommandAttributes: {
      activityId: '1',
      activityType: { name: 'work' },
      taskQueue: { name: queue },
      startToCloseTimeout: { seconds: 60 },
      retryPolicy: { initialInterval: { seconds: 50 } },
    },
  });
  return { name, service, handle, complete, activity };
}

/** Describes through a connection whose calls are counted. */
function counting() {
  const calls: string[] = [];
  const workflowService = new Proxy(connection.workflowService, {
    get: (service, method) => {
      calls.push(String(method));
      const call = Reflect.get(service, method) as (...given: unknown[]) => unknown;
      return call.bind(service);
    },
  });
  const counted = { workflowService } as unknown as Connection;
  const describe = workflowDescriber({
    connection: counted,
    namespace: namespace(),
    within: callsWithin(connection),
  });
  return { calls, describe: (id: string) => describe(id, new Date().toISOString(), 10_000) };
}

test('a workflow task that no worker has taken is described with its queue, in two calls', async () => {
  const { name, handle } = await start();
  const { calls, describe } = counting();
  expect(await describe(name)).toMatchObject({
    workflow: { id: name, status: 'running', queue: name, untakenSince: expect.any(String), activities: [] },
    units: [],
    queues: [{ queue: name, type: 'workflow', polledAt: null, workers: 0 }],
  });
  expect(calls).toEqual(['describeWorkflowExecution', 'describeTaskQueue']);
  await handle.terminate();
  expect(await describe(name)).toMatchObject({
    workflow: { status: 'terminated', closedAt: expect.any(String) },
    queues: [],
  });
});

test('an activity waits in its queue, runs at a worker, fails and is tried again later', async () => {
  const { name, service, handle, complete, activity } = await start();
  const { describe } = counting();
  const queue = `${name}-work`;
  const activityOf = async () => (await describe(name)).workflow?.activities[0];
  await complete([activity(queue)]);
  expect(await activityOf()).toMatchObject({ activity: 'work', state: 'waiting', queue, attempt: 1 });
  await vi.waitUntil(async () => (await describe(name)).queues[0]?.backlog === 1);
  const { taskToken } = await polled(() =>
    service.pollActivityTaskQueue({
      namespace: namespace(),
      taskQueue: { name: queue },
      identity: 'the test',
    }),
  );
  expect(await activityOf()).toMatchObject({ state: 'running', worker: 'the test' });
  const failure = { message: 'secret', applicationFailureInfo: { type: 'SourceUnavailable' } };
  await service.respondActivityTaskFailed({ namespace: namespace(), taskToken, failure });
  expect(await activityOf()).toMatchObject({
    state: 'backing-off',
    attempt: 2,
    nextTryAt: expect.any(String),
    failureType: 'SourceUnavailable',
  });
  expect(JSON.stringify(await describe(name))).not.toContain('secret');
  await handle.terminate();
});

test('workflows of units are found by their label', async () => {
  const { name, handle, complete } = await start();
  const label = labelsOf({ kind: 'k', subject: 's', unit: 'u_1' }).find(({ key }) => key.name === 'BrandId');
  const data = Buffer.from(JSON.stringify(label?.value));
  const metadata = { encoding: Buffer.from('json/plain'), type: Buffer.from('Keyword') };
  await complete([
    {
      commandType: START_CHILD,
      startChildWorkflowExecutionCommandAttributes: {
        workflowId: `${name}/u_1`,
        workflowType: { name: 'Nobody' },
        taskQueue: { name: `${name}-units` },
        searchAttributes: { indexedFields: { BrandId: { data, metadata } } },
      },
    },
  ]);
  const { describe } = counting();
  await vi.waitUntil(async () => (await describe(name)).units.length === 1);
  expect((await describe(name)).units).toMatchObject([
    { unit: 'u_1', id: `${name}/u_1`, queue: `${name}-units`, untakenSince: expect.any(String) },
  ]);
  await handle.terminate();
});

test('a workflow that Temporal does not have is null', async () => {
  const { calls, describe } = counting();
  expect(await describe('nobody')).toEqual({ answers: true, workflow: null, units: [], queues: [] });
  expect(calls).toHaveLength(1);
});
