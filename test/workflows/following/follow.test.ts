import type { WorkflowHandle } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { BEAT_EVERY_MS, LANE_MS } from '../../../activities/conversations/streams/ten-minutes.js';
import type { FollowActivities } from '../../../activities/conversations/types.js';
import { actionsOf } from '../../../bench/frame/actions.js';
import { followWorkflowId } from '../../../domain/conversations/ids.js';
import { followStart } from '../../../gateways/temporal/conversations/follow.js';
import { openWorkflowControl, type WorkflowControl } from '../../../gateways/temporal/workflow-control.js';
import { temporalAddress } from '../../support/servers.js';
import { type DevNamespace, devNamespace, type RunningWorkers, runWorkers, until } from '../environment.js';

let server: DevNamespace;
let control: WorkflowControl;
let workers: RunningWorkers;
/** What each lane answers. */
let lane: () => Promise<boolean>;
let lanes = 0;
let polls = 0;

beforeAll(async () => {
  server = await devNamespace('follow');
  const environment = { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: server.namespace };
  control = openWorkflowControl({ environment });
  const activities: FollowActivities = {
    async followTable({ table }) {
      expect(table).toBe('messages');
      lanes += 1;
      return { followed: await lane() };
    },
    async pollSource() {
      polls += 1;
      return { followed: polls < 2 };
    },
  };
  workers = await runWorkers(server, activities);
});
afterAll(async () => {
  await workers.stop();
  await control.close();
  await server.close();
});
beforeEach(() => (lanes = 0));

const start = () => control.start([followStart('messages')]);
const run = (): WorkflowHandle => server.client.workflow.getHandle(followWorkflowId('messages'));

it('follows lane after lane until no account needs it, and begins again with the next', async () => {
  lane = async () => lanes < 3;
  await start();
  await run().result();
  expect(lanes).toBe(3);
  await start();
  await run().result();
  expect(lanes).toBe(4);
});

it('polls in lanes of its own', async () => {
  await control.start([followStart('polling')]);
  await server.client.workflow.getHandle(followWorkflowId('polling')).result();
  expect([polls, lanes]).toEqual([2, 0]);
});

it('checks again when it is requested while its last lane ends', async () => {
  let end: (followed: boolean) => void = () => undefined;
  lane = () => new Promise((resolve) => (end = resolve));
  await start();
  await until(() => lanes === 1, 'a lane runs');
  await start();
  end(false);
  await until(() => lanes === 2, 'another lane runs');
  end(false);
  await run().result();
  expect(lanes).toBe(2);
});

/** The server suggests to continue as new after 4 MB of history. */
const BALLAST = 'x'.repeat(150_000);

it('continues as new once its history is long', async () => {
  let end: (followed: boolean) => void = () => undefined;
  lane = () => new Promise((resolve) => (end = resolve));
  await start();
  await until(() => lanes === 1, 'a lane runs');
  const { runId } = await run().describe();
  for (let n = 0; n < 40; n += 1) await run().signal('ballast', BALLAST);
  end(true);
  await until(() => lanes === 2, 'another lane runs');
  expect((await run().describe()).runId).not.toBe(runId);
  end(false);
  await run().result();
});

it('costs at most 2,000 actions a day for a table', async () => {
  lane = async () => lanes < 12;
  await start();
  await run().result();
  const { start: starts = 0, activity = 0, ...others } = await actionsOf(run());
  expect({ starts, activity, ...others }).toEqual({ starts: 1, activity: 12 });
  const lanesADay = (24 * 3_600_000) / LANE_MS;
  const beats = Math.ceil(LANE_MS / BEAT_EVERY_MS);
  expect(lanesADay * (activity / 12 + beats)).toBeLessThanOrEqual(2_000);
});

it('gives a lane that is silent for longer than between two heartbeats to another worker', async () => {
  lane = async () => false;
  await start();
  await run().result();
  const { events } = await run().fetchHistory();
  const timeouts = (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.heartbeatTimeout ?? [],
  );
  expect(timeouts.map((timeout) => tsToMs(timeout))).toEqual([1.5 * BEAT_EVERY_MS]);
});
