import { type WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect, it, onTestFinished } from 'vitest';
import { runCarryover } from '../../cli/engine/program.js';
import { QUEUE_NAMES, type QueueName } from '../../domain/engine/ids.js';
import { systemClock } from '../../gateways/clock.js';
import { createWorkers } from '../../gateways/temporal/queue-workers.js';
import * as workflows from '../../workflows/index.js';
import { KINDS } from '../../workflows/kinds.js';
import { workflowBundle } from '../support/bundle.js';
import { forThisFile } from '../support/for-this-file.js';
import { temporalAddress } from '../support/servers.js';
import { type DevNamespace, devNamespace, until, WorkflowTests } from './environment.js';
import { fakeActivities, Gate, holdImports } from './fakes.js';

const DEPLOYMENT = 'carryover-test';
const RELEASED = 'workflows/index.ts';
const CHANGED = 'test/workflows/changed/index.ts';

let dev: DevNamespace;
let tests: WorkflowTests;
forThisFile(
  () => devNamespace('versions'),
  (opened) => {
    dev = opened;
    tests = new WorkflowTests(dev.client, dev.connection, dev.nativeConnection, dev.namespace, () =>
      Promise.resolve(),
    );
  },
);

/** Workers of one build, as a worker process makes them; `done` lists the activities that they have run. */
async function deploy(buildId: string, entry: string, queues: readonly QueueName[] = QUEUE_NAMES) {
  const done: string[] = [];
  const all = fakeActivities((accountId) => tests.worldOf(accountId));
  const activities = Object.fromEntries(
    Object.entries(all).map(([name, run]) => [
      name,
      (input: never) => {
        done.push(name);
        return run(input);
      },
    ]),
  );
  const workers = await createWorkers(dev.nativeConnection, dev.namespace, {
    queues,
    workflowBundlePath: (await workflowBundle(entry)).codePath,
    callActivities: activities,
    importActivities: activities,
    followActivities: activities,
    deployment: { deploymentName: DEPLOYMENT, buildId },
  });
  const runs = workers.map((worker) => worker.run());
  onTestFinished(async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
  });
  return { done };
}

async function carryover(...args: string[]) {
  const ran = { out: '', error: '' };
  const status = await runCarryover(['workers', ...args], {
    out: { write: (text) => void (ran.out += text) },
    error: { write: (text) => void (ran.error += text) },
    environment: {
      TEMPORAL_ADDRESS: temporalAddress(),
      TEMPORAL_NAMESPACE: dev.namespace,
      WORKER_DEPLOYMENT: DEPLOYMENT,
    },
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { status, ...ran };
}

/** The builds that have completed tasks of the workflow, in order. */
async function buildsOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  const builds = (events ?? []).flatMap(
    ({ workflowTaskCompletedEventAttributes: task }) => task?.deploymentVersion?.buildId ?? [],
  );
  return [...new Set(builds)];
}

it('brands that are running when changed workers are deployed end on the old ones; their migration goes on with the new ones, and a new one begins there', async () => {
  expect(await carryover('promote', '--build-id', 'first', '--wait', '0')).toMatchObject({
    status: 1,
    error: expect.stringMatching(/No worker of carryover-test .* has polled yet/),
  });
  const first = await deploy('first', RELEASED);
  expect(await carryover('promote', '--build-id', 'first')).toMatchObject({
    status: 0,
    out: 'first is the current version.\n',
  });

  const old = tests.world().brand('br_1').brand('br_2');
  const gate = new Gate();
  holdImports(old, gate);
  const begun = await tests.start(old);
  await until(() => old.times('copySlices') === 2, 'both brands are imported');

  await deploy('second', CHANGED);
  expect((await carryover('promote', '--build-id', 'second')).status).toBe(0);
  expect(JSON.parse((await carryover('versions', '--json')).out)).toMatchObject([
    { buildId: 'second', current: true, state: 'serving' },
    { buildId: 'first', current: false, state: 'draining' },
  ]);
  gate.open();
  await begun.result();

  const recent = tests.brandRun(old, 'br_1');
  expect(await buildsOf(recent)).toEqual(['first']);
  expect(await buildsOf(begun)).toEqual(['first', 'second']);
  expect(await buildsOf(tests.brandRun(old, 'br_1', 'remaining'))).toEqual(['second']);
  expect(first.done.filter((name) => name === 'completePhase')).toHaveLength(2);

  const young = tests.world().brand('br_3');
  const later = await tests.start(young);
  await later.result();
  expect(await buildsOf(later)).toEqual(['second']);
  expect(await buildsOf(tests.brandRun(young, 'br_3'))).toEqual(['second']);
  expect(young.log).toContain('fetchAttachments br_3');
  const statuses = [old.status('br_1'), old.status('br_2'), young.status('br_3')];
  expect(statuses).toEqual(Array.from({ length: 3 }, () => 'all-messages-migrated'));

  // The changed code could not have taken over the brand that was running.
  const history = await recent.fetchHistory();
  const options = { workflowBundle: await workflowBundle(CHANGED) };
  for await (const { error } of Worker.runReplayHistories(options, [
    { workflowId: recent.workflowId, history },
  ]))
    expect(error).toBeInstanceOf(DeterminismViolationError);

  // A version whose workers leave out a queue that is in use does not become current.
  await deploy('partial', RELEASED, ['workflows', 'calls']);
  await until(async () => (await carryover('versions')).out.includes('partial'), 'it has polled');
  expect(await carryover('promote', '--build-id', 'partial', '--wait', '0')).toMatchObject({
    status: 1,
    error: expect.stringContaining('WORKER_QUEUES of all of them together'),
  });
});

it('the units of every kind are pinned to the version on which they begin', () => {
  const exported = workflows as unknown as Readonly<Record<string, { workflowDefinitionOptions?: object }>>;
  for (const { unitWorkflow } of Object.values(KINDS))
    expect(exported[unitWorkflow]?.workflowDefinitionOptions, unitWorkflow).toBeInstanceOf(Function);
});
