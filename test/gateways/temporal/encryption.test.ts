import { randomBytes } from 'node:crypto';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataConverter } from '../../../gateways/temporal/encryption/data-converter.js';
import { type PayloadKeys, parsePayloadKeys } from '../../../gateways/temporal/encryption/keys.js';
import {
  readWorkflowBundle,
  workflowBundleFor,
} from '../../../gateways/temporal/encryption/workflow-bundle.js';
import { workflowBundle } from '../../support/bundle.js';
import { keepRuntimeQuiet } from '../../support/runtime.js';
import { temporalAddress } from '../../support/servers.js';

const { HistoryEvent } = proto.temporal.api.history.v1;
const { DescribeWorkflowExecutionResponse } = proto.temporal.api.workflowservice.v1;

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const K1 = newKey('k1');
const keys = parsePayloadKeys(K1);
const rotated = parsePayloadKeys(`${newKey('k2')} ${K1}`);

/** Stands for a person's name, wherever one could get to. */
const NAME = 'Zelda-Quillfeather';

const activities = {
  echo: async (text: string) => `echo-marker ${text}`,
  refuse: async (text: string) => {
    throw ApplicationFailure.create({
      message: `activity-failure-marker ${text}`,
      type: 'ChannelImpossible',
      details: [`activity-details-marker ${text}`],
      cause: new TypeError(`cause-marker ${text}`),
      nonRetryable: true,
    });
  },
};

let connection: Connection;
let native: NativeConnection;
let codePath: string;

beforeAll(async () => {
  keepRuntimeQuiet(true);
  connection = await Connection.connect({ address: temporalAddress() });
  native = await NativeConnection.connect({ address: temporalAddress() });
  ({ codePath } = await workflowBundle('test/gateways/temporal/encryption-workflows.ts'));
});

afterAll(async () => {
  await native.close();
  await connection.close();
  keepRuntimeQuiet(false);
});

describe('a run whose worker and client have keys', () => {
  it('hides inputs, results, signals, summaries, details and memos from the server, and is readable with the key', async () => {
    const run = newRun('talk');
    const result = await withWorker(run.taskQueue, keys, () => talk(run, clientWith(keys)));
    expect(result).toBe(`result-marker child-marker echo-marker input-marker ${NAME} signal-marker ${NAME}`);
    for (const id of [run.workflowId, `${run.workflowId}/child`]) {
      const kept = await keptByServer(id);
      expect(kept).toContain('binary/encrypted');
      expect(kept).not.toContain(NAME);
      expect(kept).not.toContain('-marker');
    }
    const handle = clientWith(keys).workflow.getHandle(run.workflowId);
    expect(await handle.result()).toBe(result);
    const described = await handle.describe();
    expect(described.memo).toEqual({ note: 'memo-marker' });
    expect(await described.staticSummary()).toBe('summary-marker');
    expect(await described.staticDetails()).toBe('details-marker');
  });

  it('hides texts, details and stack traces of failures from the server, and is readable with the key', async () => {
    const run = newRun('failure');
    await withWorker(run.taskQueue, keys, async () => {
      const failure = await failureOf(await start(run, clientWith(keys), 'encryptedFailure'));
      expect(chain(failure)).toEqual([
        `workflow-failure-marker input-marker ${NAME}`,
        'Activity task failed',
        `activity-failure-marker input-marker ${NAME}`,
        `cause-marker input-marker ${NAME}`,
      ]);
    });
    const kept = await keptByServer(run.workflowId);
    expect(kept).toContain('Encoded failure');
    expect(kept).not.toContain(NAME);
    expect(kept).not.toContain('-marker');
    expect(kept).not.toContain('encryption-workflows.ts');
    expect(kept).not.toContain('encryption.test.ts');

    const failure = await failureOf(clientWith(keys).workflow.getHandle(run.workflowId));
    expect(failure).toMatchObject({
      type: 'UnitsFailed',
      details: [`failure-details-marker input-marker ${NAME}`],
      stack: expect.stringContaining('encryption-workflows.ts') as string,
    });
  });

  it('hides them if an activity’s failure ends the workflow unchanged', async () => {
    const run = newRun('passing');
    await withWorker(run.taskQueue, keys, async () => {
      const failure = await failureOf(await start(run, clientWith(keys), 'encryptedPassingFailure'));
      expect(chain(failure)).toContain(`activity-failure-marker input-marker ${NAME}`);
    });
    const kept = await keptByServer(run.workflowId);
    expect(kept).not.toContain(NAME);
    expect(kept).not.toContain('-marker');
  });

  it('hides the failure of a workflow task', async () => {
    const run = newRun('task');
    await withWorker(run.taskQueue, keys, async () => {
      await start(run, clientWith(keys), 'encryptedTaskFailure');
      await eventually(async () => (await keptByServer(run.workflowId)).includes('Encoded failure'));
    });
    expect(await keptByServer(run.workflowId)).not.toContain('-marker');
    await clientWith(keys).workflow.getHandle(run.workflowId).terminate();
  });

  it('continues with a rotated key', async () => {
    const run = newRun('rotation');
    const handle = await start(run, clientWith(keys), 'encryptedTalk');
    await withWorker(run.taskQueue, keys, async () => {
      expect(await handle.query('heard')).toBe('query-marker ');
    });
    await withWorker(run.taskQueue, rotated, async () => {
      await clientWith(rotated).workflow.getHandle(run.workflowId).signal('told', 'late');
      expect(await clientWith(rotated).workflow.getHandle(run.workflowId).result()).toContain('late');
    });
    const kept = await keptByServer(run.workflowId);
    expect(kept).toContain('encryption-key-id\u0012\u0002k1');
    expect(kept).toContain('encryption-key-id\u0012\u0002k2');
    await expect(handle.result()).rejects.toThrow(/the key "k2", which is not known here \(known: k1\)/);
  });

  it('waits without loss while its worker lacks the key', async () => {
    const run = newRun('lost-key');
    const handle = await start(run, clientWith(keys), 'encryptedTalk');
    await handle.signal('told', 'patient');
    await withWorker(run.taskQueue, parsePayloadKeys(newKey('k9')), async () => {
      await eventually(async () => (await keptByServer(run.workflowId)).includes('Encoded failure'));
    });
    expect((await handle.describe()).status.name).toBe('RUNNING');
    expect(await withWorker(run.taskQueue, keys, () => handle.result())).toContain('patient');
  });
});

describe('the same workflow bundle', () => {
  it('shows failures to the server unchanged without keys', async () => {
    const run = newRun('plain');
    await withWorker(run.taskQueue, undefined, async () => {
      await failureOf(await start(run, clientWith(undefined), 'encryptedFailure'));
    });
    const kept = await keptByServer(run.workflowId);
    expect(kept).not.toContain('Encoded failure');
    expect(kept).toContain(`workflow-failure-marker input-marker ${NAME}`);
    expect(kept).toContain(`activity-failure-marker input-marker ${NAME}`);
  });

  it('is refused with keys if it was built without the failure converter', () => {
    expect(() => workflowBundleFor('var __TEMPORAL__;', keys)).toThrow(
      /cannot encrypt failure texts: build it with/,
    );
    expect(workflowBundleFor('var __TEMPORAL__;', undefined)).toEqual({ code: 'var __TEMPORAL__;' });
  });

  it('continues runs that began without a key', async () => {
    const run = newRun('begun-in-clear');
    const handle = await start(run, clientWith(undefined), 'encryptedTalk');
    await withWorker(run.taskQueue, undefined, () => handle.query('heard'));
    await withWorker(run.taskQueue, keys, async () => {
      const withKeys = clientWith(keys).workflow.getHandle(run.workflowId);
      await withKeys.signal('told', `signal-marker ${NAME}`);
      expect(await withKeys.result()).toContain(`input-marker ${NAME} signal-marker ${NAME}`);
    });
    const kept = await keptByServer(run.workflowId);
    expect(kept).toContain(`input-marker ${NAME}`);
    expect(kept).not.toContain(`signal-marker ${NAME}`);
  });
});

interface Run {
  readonly workflowId: string;
  readonly taskQueue: string;
}

function newRun(name: string): Run {
  const id = randomBytes(5).toString('hex');
  return { workflowId: `${name}-${id}`, taskQueue: `encryption-${id}` };
}

function clientWith(keys: PayloadKeys | undefined): Client {
  const converter = dataConverter(keys);
  return new Client({ connection, ...(converter === undefined ? {} : { dataConverter: converter }) });
}

async function withWorker<T>(
  taskQueue: string,
  keys: PayloadKeys | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const converter = dataConverter(keys);
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    activities,
    stickyQueueScheduleToStartTimeout: '1s',
    workflowBundle: await readWorkflowBundle(codePath, keys),
    debugMode: true,
    ...(converter === undefined ? {} : { dataConverter: converter }),
  });
  return worker.runUntil(work());
}

function start(run: Run, client: Client, type: string): Promise<WorkflowHandle> {
  return client.workflow.start(type, {
    ...run,
    args: [`input-marker ${NAME}`],
    memo: { note: 'memo-marker' },
    staticSummary: 'summary-marker',
    staticDetails: 'details-marker',
    retry: { maximumAttempts: 1 },
    workflowTaskTimeout: '1s',
  });
}

async function talk(run: Run, client: Client): Promise<unknown> {
  const handle = await start(run, client, 'encryptedTalk');
  await handle.signal('told', `signal-marker ${NAME}`);
  expect(await handle.query('heard')).toBe(`query-marker signal-marker ${NAME}`);
  return handle.result();
}

async function failureOf(handle: WorkflowHandle): Promise<Error | undefined> {
  const error: unknown = await handle.result().catch((error: unknown) => error);
  if (error instanceof WorkflowFailedError) return error.cause;
  throw new Error('The workflow did not fail.', { cause: error });
}

function chain(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...chain(error.cause)] : [];
}

/** Everything the server answers about a run, its history and its description, as the bytes of it read as text. */
async function keptByServer(workflowId: string): Promise<string> {
  const { events } = await clientWith(undefined).workflow.getHandle(workflowId).fetchHistory();
  const description = await connection.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution: { workflowId },
  });
  const parts = [
    ...(events ?? []).map((event) => HistoryEvent.encode(event).finish()),
    DescribeWorkflowExecutionResponse.encode(description).finish(),
  ];
  return parts.map((part) => Buffer.from(part).toString('utf8')).join('\n');
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition);
}
