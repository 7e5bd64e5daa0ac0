import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker } from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import {
  WORKFLOW_TYPES,
  brandWorkflowId,
  migrationWorkflowId,
  portingWorkflowId,
} from '../../domain/conversations/ids.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { labelsOf } from '../../domain/engine/web-ui/labels.js';
import { SIGNALS, type Steering } from '../../domain/engine/messages.js';
import type { MigrationInput } from '../../domain/engine/runs.js';
import { type PortToFollow, portStart } from '../../gateways/temporal/conversations/ports.js';
import { workflowBundle } from '../support/bundle.js';
import { addSearchAttributes, newNamespace } from '../support/namespaces.js';
import '../support/runtime.js';
import { temporalAddress, timeSkippingServerPath } from '../support/servers.js';
import { FakeWorld, fakeActivities } from './fakes.js';
import { untilHolds } from '../support/until.js';

/** Who steers in tests, and when: constant, so that recorded histories differ only by what happened. */
export const STEERING: Steering = { by: 'operator-1', at: '2026-01-05T10:00:00.000Z' };

/** Replaces a person's and a machine's name in recorded histories. */
const IDENTITY = 'carryover-test';

export interface RunningWorkers {
  stop(): Promise<void>;
}

/** Workers of all task queues. */
export async function runWorkers(
  { nativeConnection: connection, namespace }: Pick<DevNamespace, 'nativeConnection' | 'namespace'>,
  activities: object,
  bundle = workflowBundle(),
): Promise<RunningWorkers> {
  // A test that failed may have left an activity that waits for it: it must not hold up the end.
  const shared = { connection, namespace, shutdownForceTime: '5s' } as const;
  // Workflows run in this thread: one of their own takes ten times as long to start.
  const workflows = { workflowBundle: await bundle, debugMode: true };
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: TASK_QUEUES.workflows, ...workflows }),
    Worker.create({ ...shared, taskQueue: TASK_QUEUES.calls, activities }),
    Worker.create({ ...shared, taskQueue: TASK_QUEUES.imports, activities }),
    Worker.create({ ...shared, taskQueue: TASK_QUEUES.following, activities }),
  ]);
  const runs = workers.map((worker) => worker.run());
  return {
    async stop() {
      for (const worker of workers) worker.shutdown();
      // A worker that timed out has reported that; the test that left it waiting has failed already.
      await Promise.allSettled(runs);
    },
  };
}

/** A Temporal server with workers whose activities are fakes. A test file has one; each test an account of its own in it. */
export class WorkflowTests {
  readonly #worlds = new Map<string, FakeWorld>();
  #workers: RunningWorkers | undefined;

  constructor(
    readonly client: Client,
    readonly connection: Connection,
    readonly nativeConnection: NativeConnection,
    readonly namespace: string,
    private readonly end: () => Promise<void>,
    /** Activities of other workflows than migrations. */
    private readonly others: object = {},
  ) {}

  async startWorkers(): Promise<void> {
    const activities = { ...fakeActivities((accountId) => this.worldOf(accountId)), ...this.others };
    this.#workers = await runWorkers(this, activities);
  }

  async close(): Promise<void> {
    await this.#workers?.stop();
    await this.end();
  }

  /** Replaces the workers: the new ones know a workflow only from its history. */
  async replaceWorkers(): Promise<void> {
    await this.#workers?.stop();
    await this.startWorkers();
  }

  /** A world for one test. */
  world(): FakeWorld {
    return this.worldOf(`acc_${randomBytes(4).toString('hex')}`);
  }

  /** The world of an account, with no brands before it was asked for. */
  worldOf(accountId: string): FakeWorld {
    const followPort = async (port: PortToFollow): Promise<void> => {
      const { type, options } = portStart(port);
      await this.client.workflow.start(type, { ...options, taskQueue: TASK_QUEUES.workflows });
    };
    const world = this.#worlds.get(accountId) ?? new FakeWorld(accountId, followPort);
    this.#worlds.set(accountId, world);
    return world;
  }

  /** Starts a migration as the API does, or tells a running one to retry. */
  async start({ accountId }: FakeWorld): Promise<WorkflowHandle> {
    const input: MigrationInput = { subject: accountId };
    return await this.client.workflow.signalWithStart(WORKFLOW_TYPES.migration, {
      workflowId: migrationWorkflowId(accountId),
      taskQueue: TASK_QUEUES.workflows,
      args: [input],
      signal: SIGNALS.start,
      signalArgs: [STEERING],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      typedSearchAttributes: labelsOf({ kind: 'conversations', subject: accountId, phase: 'preparing' }),
    });
  }

  migration({ accountId }: FakeWorld): WorkflowHandle {
    return this.client.workflow.getHandle(migrationWorkflowId(accountId));
  }

  brandRun(
    { accountId }: FakeWorld,
    brandId: string,
    first: 'recent' | 'remaining' = 'recent',
  ): WorkflowHandle {
    return this.client.workflow.getHandle(brandWorkflowId(accountId, brandId, first));
  }

  porting({ accountId }: FakeWorld, channelId: string): WorkflowHandle {
    return this.client.workflow.getHandle(portingWorkflowId(accountId, channelId));
  }
}

export type TimeSkippingTests = WorkflowTests & { sleep(ms: number): Promise<void> };

/**
 * Timers of weeks pass in a moment while a result is awaited. Not for several workflows at once whose clocks must agree, and
 * not for cancelling a workflow while an activity of it runs: if the activity ends at that moment, the server refuses the
 * workflow task (ACTIVITY_UNKNOWN, temporalio/sdk-java#2391) and never schedules another, and time may skip no more.
 */
export async function timeSkippingTests(): Promise<TimeSkippingTests> {
  const env = await startTimeSkipping();
  const tests = new WorkflowTests(env.client, env.connection, env.nativeConnection, 'default', () =>
    env.teardown(),
  );
  await tests.startWorkers();
  return Object.assign(tests, { sleep: (ms: number) => env.sleep(ms) });
}

/** A time-skipping server with our search attributes. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const env = await startPatiently();
  await addSearchAttributes(env.connection, 'default');
  return env;
}

/** The SDK gives the server five seconds to start, which are few for Java on a busy machine. */
async function startPatiently(tries = 15): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path', path: timeSkippingServerPath() } as const;
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  } catch (error) {
    if (tries === 1) throw error;
    return await startPatiently(tries - 1);
  }
}

export interface DevNamespace {
  readonly client: Client;
  readonly connection: Connection;
  readonly nativeConnection: NativeConnection;
  readonly namespace: string;
  close(): Promise<void>;
}

/** A namespace of its own on the shared dev server, which has our search attributes. */
export async function devNamespace(prefix: string): Promise<DevNamespace> {
  const address = temporalAddress();
  const namespace = await newNamespace(prefix);
  const connection = await Connection.connect({ address });
  const nativeConnection = await NativeConnection.connect({ address });
  return {
    client: new Client({ connection, namespace, identity: IDENTITY }),
    connection,
    nativeConnection,
    namespace,
    async close() {
      await nativeConnection.close();
      await connection.close();
    },
  };
}

/** On the dev server: what the time-skipping one lacks (parent close policy, listing, stored details). */
export async function devServerTests(others: object = {}): Promise<WorkflowTests> {
  const { client, connection, nativeConnection, namespace, close } = await devNamespace('workflows');
  const tests = new WorkflowTests(client, connection, nativeConnection, namespace, close, others);
  await tests.startWorkers();
  return tests;
}

/** What the Web UI shows as the workflow's current details. */
export async function detailsOf(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

/** The search attribute `Phase`. */
export async function phaseOf(handle: WorkflowHandle): Promise<string | undefined> {
  return (await handle.describe()).typedSearchAttributes.get({ name: 'Phase', type: 'KEYWORD' });
}

/** The failure that a workflow ended with. */
export async function failureOf(
  handle: WorkflowHandle,
): Promise<Error & { type?: string | null; details?: unknown[] | null }> {
  try {
    await handle.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause) return error.cause;
    throw error;
  }
  throw new Error(`${handle.workflowId} has not failed.`);
}

/** How many timers had to fire before the next activity was scheduled after the workflow's only signal. */
export async function timersFiredAfterSignal(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const signalled = (events ?? []).findIndex((event) => event.workflowExecutionSignaledEventAttributes);
  const after = (events ?? []).slice(signalled);
  const scheduled = after.findIndex((event) => event.activityTaskScheduledEventAttributes);
  if (signalled < 0 || scheduled < 0) throw new Error('There is no activity after a signal.');
  return after.slice(0, scheduled).filter((event) => event.timerFiredEventAttributes).length;
}

/** Seconds between the tries of the workflow's only activity, by the retry policy in its history. */
export async function retryWaitsOf(handle: WorkflowHandle, tries: number): Promise<number[]> {
  const { events } = await handle.fetchHistory();
  const [policy] = (events ?? []).flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.retryPolicy ?? [],
  );
  const [first, most] = [policy?.initialInterval, policy?.maximumInterval].map((each) =>
    each ? tsToMs(each) / 1_000 : Number.NaN,
  );
  return Array.from({ length: tries - 1 }, (_, n) =>
    Math.min(most ?? Number.NaN, (first ?? Number.NaN) * (policy?.backoffCoefficient ?? Number.NaN) ** n),
  );
}

/** Seconds of each timer that the workflow has set, by its history: however late a busy server lets them fire. */
export async function timersOf(handle: WorkflowHandle): Promise<number[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
    timer?.startToFireTimeout ? [tsToMs(timer.startToFireTimeout) / 1_000] : [],
  );
}

/** Waits for something that happens outside of the test. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  await untilHolds(holds, { what, everyMs: 20 });
}
