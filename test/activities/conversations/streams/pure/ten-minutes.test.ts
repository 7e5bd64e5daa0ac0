import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeEach, expect, test } from 'vitest';
import {
  BEAT_EVERY_MS,
  forTenMinutes,
  LANE_MS,
} from '../../../../../activities/conversations/streams/ten-minutes.js';
import { VirtualClock } from '../../../../support/virtual-clock.js';

let clock: VirtualClock;
let environment: MockActivityEnvironment;
let beats: number;
beforeEach(() => {
  clock = new VirtualClock();
  environment = new MockActivityEnvironment();
  beats = 0;
  environment.on('heartbeat', () => (beats += 1));
});

/** A lane that works until it is told to end. */
const follow = (): Promise<string> =>
  environment.run(() =>
    forTenMinutes(clock, async (_, signal) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      return 'stopped';
    }),
  );

test('a lane ends by itself after ten minutes, and has sent a heartbeat in each of them', async () => {
  const lane = follow();
  await clock.advance(LANE_MS - 1);
  expect(beats).toBe(LANE_MS / BEAT_EVERY_MS - 1);
  await clock.advance(1);
  expect(await lane).toBe('stopped');
  expect(clock.pending).toEqual([]);
});

test('the end of the worker ends a lane at once, with its result, so that another worker gets the next one', async () => {
  const lane = follow();
  environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
  expect(await lane).toBe('stopped');
  expect(clock.pending).toEqual([]);
});

test('a lane that is cancelled ends as cancelled', async () => {
  const lane = follow();
  environment.cancel();
  await expect(lane).rejects.toBeInstanceOf(CancelledFailure);
  expect(clock.pending).toEqual([]);
});
