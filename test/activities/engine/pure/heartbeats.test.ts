import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { withThrottledHeartbeats } from '../../../../activities/engine/heartbeats.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

test('an activity that ends within ten seconds sends no heartbeat; one that works longer sends each', async () => {
  const clock = new VirtualClock();
  const { work } = withThrottledHeartbeats(
    {
      async work(seconds: number): Promise<void> {
        for (let second = 0; second < seconds; second += 1) {
          Context.current().heartbeat(second);
          await clock.advance(1_000);
        }
      },
    },
    clock,
  );
  const sentIn = async (seconds: number): Promise<unknown[]> => {
    const environment = new MockActivityEnvironment();
    const sent: unknown[] = [];
    environment.on('heartbeat', (details) => sent.push(details));
    await environment.run(work, seconds);
    return sent;
  };
  expect(await sentIn(10)).toEqual([]);
  expect(await sentIn(13)).toEqual([10, 11, 12]);
});
