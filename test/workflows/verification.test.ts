import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { activityInfo } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TurnsInput, TurnsProgress } from '../../activities/engine/types.js';
import type { Failure } from '../../domain/engine/failures/failures.js';
import { verificationWorkflowId, WORKFLOW_TYPES } from '../../domain/conversations/ids.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import type { VerificationInput, VerificationProgress } from '../../domain/engine/verification.js';
import {
  type RunningWorkers,
  runWorkers,
  STEERING,
  failureOf,
  startTimeSkipping,
  timersFiredAfterSignal,
  timersOf,
  until,
} from './environment.js';
import type { VerificationActivities } from './fakes.js';

/** The world behind one account's activities; a test changes what it needs. */
class Account {
  readonly accountId = `acc_${randomBytes(4).toString('hex')}`;
  readonly log: string[] = [];
  readonly at: number[] = [];
  running = true;
  repair = false;
  units: readonly string[] = ['br_1', 'br_2'];
  failure: Failure | undefined;
  read: (turns: TurnsInput) => TurnsProgress | Promise<TurnsProgress> = () => done;
  finish: () => Promise<void> = async () => undefined;
}

const done: TurnsProgress = { finished: true, halted: false, records: 7 };
const accounts = new Map<string, Account>();
const of = ({ subject }: { subject: string }) => accounts.get(subject)!;
const noted = (turns: TurnsInput, what: string) => {
  const account = of(turns);
  const units = turns.units.length > 2 ? `${turns.units.length} units` : turns.units.join('+');
  account.log.push(`${what} ${units} ${turns.pass}${turns.repair ? ' repair' : ''}`);
  account.at.push(activityInfo().currentAttemptScheduledTimestampMs);
  return account;
};

const activities: VerificationActivities = {
  openVerification: async (input) => ({
    running: of(input).running,
    repair: of(input).repair,
    units: of(input).units,
  }),
  verifyUnits: async (turns) => noted(turns, 'verify').read(turns),
  finishTurns: async (turns) => noted(turns, 'finish').finish(),
  async endVerification({ failure, ...input }) {
    const account = of(input);
    account.failure = failure;
    account.log.push('end');
    account.running = false;
    return failure ? 'failed' : 'equal';
  },
};

let env: TestWorkflowEnvironment;
let workers: RunningWorkers;

beforeAll(async () => {
  env = await startTimeSkipping();
  const { nativeConnection } = env;
  workers = await runWorkers({ nativeConnection, namespace: 'default' }, activities);
});
afterAll(async () => {
  await workers.stop();
  await env.teardown();
});

function account(facts: Partial<Account> = {}): Account {
  const made = Object.assign(new Account(), facts);
  accounts.set(made.accountId, made);
  return made;
}

/** As the API's outbox starts it. */
function start({ accountId }: Account): Promise<WorkflowHandle> {
  const input: VerificationInput = { subject: accountId, verificationId: '1' };
  return env.client.workflow.start(WORKFLOW_TYPES.verification, {
    workflowId: verificationWorkflowId(accountId),
    taskQueue: TASK_QUEUES.workflows,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
}

test('all brands are read in turn before records that none has are reported', async () => {
  const world = account();
  let rounds = 0;
  world.read = () => {
    rounds += 1;
    return { ...done, finished: rounds > 2 };
  };
  expect(await (await start(world)).result()).toMatchObject({ state: 'equal' });
  expect(world.log).toEqual([
    'verify br_1+br_2 1',
    'verify br_1+br_2 1',
    'verify br_1+br_2 1',
    'finish br_1+br_2 1',
    'end',
  ]);
});

test('a repair reads all brands, then compares all once more', async () => {
  const world = account({ repair: true });
  await (await start(world)).result();
  expect(world.log).toEqual([
    'verify br_1+br_2 1 repair',
    'finish br_1+br_2 1 repair',
    'verify br_1+br_2 2',
    'finish br_1+br_2 2',
    'end',
  ]);
});

test('turns that are finished where they were read are not finished once more', async () => {
  const world = account({ repair: true, units: ['br_1'] });
  world.read = ({ finishing }) => ({ ...done, ...(finishing && { ended: true }) });
  await (await start(world)).result();
  expect(world.log).toEqual(['verify br_1 1 repair', 'verify br_1 2', 'end']);
});

test('many brands are read a hundred at a time, and all are read before any is finished', async () => {
  const world = account({ units: Array.from({ length: 250 }, (_, n) => `br_${n}`) });
  world.read = ({ finishing }) => ({ ...done, ...(finishing && { ended: true }) });
  expect(await (await start(world)).result()).toMatchObject({ units: 250, records: 21 });
  expect(world.log).toEqual([
    'verify 100 units 1',
    'verify 100 units 1',
    'verify 50 units 1',
    'finish 100 units 1',
    'finish 100 units 1',
    'finish 50 units 1',
    'end',
  ]);
});

test('an ended or deleted verification is not started again', async () => {
  const world = account({ running: false });
  await (await start(world)).result();
  expect(world.log).toEqual(['end']);
});

test('while the migration is paused it waits, longer each time, and then continues', async () => {
  const world = account();
  let rounds = 0;
  world.read = () => {
    rounds += 1;
    return rounds > 12 ? done : { finished: false, halted: true, records: 3 };
  };
  const handle = await start(world);
  await handle.result();
  expect(await timersOf(handle)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300]);
  expect(world.log.at(-1)).toBe('end');
});

test('after a pause signal it waits without a timer, shows who paused it, and continues when it is resumed', async () => {
  const world = account();
  let pausedNow = (): void => undefined;
  const paused = new Promise<void>((resolve) => (pausedNow = resolve));
  world.read = async () => {
    if (world.at.length > 1) return done;
    await paused;
    return { finished: false, halted: true, records: 3 };
  };
  const handle = await start(world);
  await until(() => world.log.length === 1, 'it compares');
  await handle.signal(SIGNALS.pause, STEERING);
  pausedNow();
  const said = async () => (await handle.query<VerificationProgress>('progress')).paused;
  await until(async () => (await said()) !== undefined, 'it says that it is paused');
  expect(await said()).toEqual(STEERING);
  await env.sleep('2 days');
  expect(world.log).toEqual(['verify br_1+br_2 1']);
  await handle.signal(SIGNALS.resume, STEERING);
  expect(await handle.result()).not.toHaveProperty('paused');
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.timerStartedEventAttributes)).toEqual([]);
});

test('without a pause signal it continues as soon as it is resumed', async () => {
  const world = account();
  let halted = true;
  world.read = () => (halted ? { finished: false, halted, records: 3 } : done);
  const handle = await start(world);
  await until(() => world.log.length === 1, 'it has found the pause');
  await env.sleep('1 hour');
  const rounds = world.log.length;
  halted = false;
  await handle.signal(SIGNALS.resume);
  await until(() => world.log.length > rounds, 'it goes on');
  expect(await timersFiredAfterSignal(handle)).toBe(0);
});

test('a verification that is deleted while it waits ends', async () => {
  const world = account();
  world.read = () => {
    world.running = false;
    return { finished: false, halted: true, records: 3 };
  };
  expect(await (await start(world)).result()).toMatchObject({ state: 'forgotten' });
  expect(world.log).toEqual(['verify br_1+br_2 1']);
});

test('transient failures are retried; final ones are recorded', async () => {
  const passing = account();
  let tries = 0;
  passing.read = () => {
    tries += 1;
    if (tries < 4) throw ApplicationFailure.create({ type: 'SourceThrottled', message: 'busy' });
    return done;
  };
  expect(await (await start(passing)).result()).toMatchObject({ state: 'equal' });

  const failing = account();
  failing.finish = async () => {
    throw ApplicationFailure.create({
      type: 'SourceRefused',
      message: 'DynamoDB refuses.',
      nonRetryable: true,
    });
  };
  await failureOf(await start(failing));
  expect(failing.failure).toEqual({ type: 'SourceRefused', message: 'DynamoDB refuses.' });
  expect(failing.log.at(-1)).toBe('end');
});
