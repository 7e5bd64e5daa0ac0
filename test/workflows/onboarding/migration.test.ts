import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BatchAnswer, OnboardingActivities } from '../../../activities/onboarding/types.js';
import { TASK_QUEUES } from '../../../domain/engine/ids.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import { WORKFLOW_TYPE, workflowId } from '../../../domain/onboarding/names.js';
import type { LaneState } from '../../../domain/onboarding/requests.js';
import type { OnboardingInput } from '../../../workflows/onboarding/migration.js';
import {
  type DevNamespace,
  type RunningWorkers,
  STEERING,
  devNamespace,
  runWorkers,
} from '../environment.js';

/** With so much in its history a run is told to continue as new. */
const BALLAST = 'x'.repeat(150_000);

/** What activities do for one migration. */
interface Fake {
  readonly lanes: number;
  /** Batches of each lane. */
  readonly batches: number;
  /** How often more users have appeared when all lanes were through. */
  more: number;
  readonly log: string[];
  before(lane: LaneState): Promise<void>;
}

const fakes = new Map<string, Fake>();
const activities: OnboardingActivities = {
  async runOnboardingBatch({ migrationId, lane: given }): Promise<BatchAnswer> {
    const fake = fakes.get(migrationId)!;
    const lane = given ?? { lane: 0, lanes: fake.lanes };
    await fake.before(lane);
    const done = Number(lane.cursor ?? 0) + 1;
    fake.log.push(`${lane.lane}:${done}`);
    const finished = done === fake.batches;
    const counts = { migrated: fake.log.length, failed: 0, skipped: 0 };
    return { lane: { ...lane, cursor: String(done), finished }, counts, ended: finished && lane.lanes === 1 };
  },
  async endOnboarding({ migrationId, cancelledBy }) {
    const fake = fakes.get(migrationId)!;
    fake.log.push(cancelledBy === undefined ? 'end' : `cancelled by ${cancelledBy}`);
    fake.more -= 1;
    return { ended: fake.more < 0 };
  },
};

let server: DevNamespace;
let workers: RunningWorkers;
beforeAll(async () => {
  server = await devNamespace('onboarding-workflow');
  workers = await runWorkers(server, activities);
});
afterAll(async () => {
  await workers?.stop();
  await server?.close();
});

async function start(given: Partial<Fake>, carried?: OnboardingInput['carried']) {
  const subject = randomBytes(6).toString('hex');
  const fake: Fake = { lanes: 1, batches: 1, more: 0, log: [], before: async () => undefined, ...given };
  fakes.set(subject, fake);
  const handle = await server.client.workflow.signalWithStart(WORKFLOW_TYPE, {
    workflowId: workflowId(subject),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ subject, ...(carried && { carried }) }] satisfies [OnboardingInput],
    signal: SIGNALS.start,
    signalArgs: [STEERING],
  });
  return { fake, handle };
}

/** Holds the second batch of a lane until it is released. */
function heldBatch() {
  let [begin, release] = [(): void => undefined, (): void => undefined];
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  const before = async ({ cursor }: LaneState): Promise<void> => {
    if (cursor !== '1') return;
    begin();
    await released;
  };
  return { begun, release, before };
}

type Handle = Awaited<ReturnType<typeof start>>['handle'];

/** How many activities the workflow has started. */
async function scheduled(handle: Handle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return events?.filter((event) => event.activityTaskScheduledEventAttributes).length ?? 0;
}

/** How often the workflow has decided what to do since so many activities have ended. */
async function tasksAfterActivities(handle: Handle, activities: number): Promise<number> {
  const events = (await handle.fetchHistory()).events ?? [];
  const ended = events.flatMap((event, at) => (event.activityTaskCompletedEventAttributes ? [at] : []));
  const last = ended[activities - 1];
  if (last === undefined) return 0;
  return events.slice(last).filter((event) => event.workflowTaskCompletedEventAttributes).length;
}

describe('OnboardingMigrationWorkflow', () => {
  it('takes one activity for a request of one batch', async () => {
    const { fake, handle } = await start({});
    await handle.result();
    expect(fake.log).toEqual(['0:1']);
    expect(await scheduled(handle)).toBe(1);
  });

  it('takes one activity for each batch of each lane, and looks for more at the end', async () => {
    const { fake, handle } = await start({ lanes: 3, batches: 4, more: 1 });
    await handle.result();
    const lanes = [0, 1, 2].flatMap((lane) => [1, 2, 3, 4].map((batch) => `${lane}:${batch}`));
    expect(fake.log.toSorted()).toEqual([...lanes, ...lanes, 'end', 'end'].toSorted());
    expect(fake.log.at(-1)).toBe('end');
  });

  it('pauses after the batches under way, and goes on', async () => {
    const second = heldBatch();
    const { fake, handle } = await start({ batches: 3, before: second.before });
    await second.begun;
    await handle.signal(SIGNALS.pause, STEERING);
    second.release();
    await expect.poll(() => tasksAfterActivities(handle, 2)).toBeGreaterThan(0);
    expect(await scheduled(handle)).toBe(2);
    expect(fake.log).toEqual(['0:1', '0:2']);
    await handle.signal(SIGNALS.resume, STEERING);
    await handle.result();
    expect(fake.log).toEqual(['0:1', '0:2', '0:3']);
  });

  it('is cancelled after the batch under way, and says by whom', async () => {
    const second = heldBatch();
    const { fake, handle } = await start({ batches: 5, before: second.before });
    await second.begun;
    await handle.signal(SIGNALS.cancel, STEERING);
    await handle.cancel();
    second.release();
    await expect(handle.result()).rejects.toThrow('Workflow execution cancelled');
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(fake.log).toEqual(['0:1', '0:2', `cancelled by ${STEERING.by}`]);
  });

  it('continues as new when its history has grown, and does each batch once', async () => {
    const second = heldBatch();
    const { fake, handle } = await start({ lanes: 2, batches: 3, before: second.before });
    await second.begun;
    for (let times = 0; times < 32; times += 1)
      await handle.signal(SIGNALS.start, { ...STEERING, by: BALLAST });
    second.release();
    await handle.result();
    const all = [0, 1].flatMap((lane) => [1, 2, 3].map((batch) => `${lane}:${batch}`));
    expect(fake.log.toSorted()).toEqual([...all, 'end']);
    const { raw } = await handle.describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
  });

  it('is still paused when it has continued as new, and goes on where its lanes were', async () => {
    const lanes = [
      { lane: 0, lanes: 2, cursor: '3', finished: true },
      { lane: 1, lanes: 2, cursor: '1' },
    ];
    const { fake, handle } = await start({ lanes: 2, batches: 3 }, { lanes, paused: STEERING });
    await expect.poll(async () => (await handle.describe()).historyLength).toBeGreaterThan(4);
    expect(await scheduled(handle)).toBe(0);
    await handle.signal(SIGNALS.resume, STEERING);
    await handle.result();
    expect(fake.log).toEqual(['1:2', '1:3', 'end']);
  });
});
