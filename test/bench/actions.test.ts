import { describe, expect, it } from 'vitest';
import { actionsIn } from '../../bench/frame/actions.js';

const at = (seconds: number) => ({ seconds, nanos: 0 }) as never;

/** The events of an activity whose last attempt took this long. */
const activity = (seconds: number, attempt = 1) => [
  { eventId: 5 as never, activityTaskScheduledEventAttributes: {}, eventTime: at(1_000) },
  { eventId: 6 as never, activityTaskStartedEventAttributes: { attempt }, eventTime: at(1_100) },
  {
    eventId: 7 as never,
    activityTaskCompletedEventAttributes: { startedEventId: 6 as never },
    eventTime: at(1_100 + seconds),
  },
];

describe('the actions of a history', () => {
  it('are one for a short activity', () => {
    expect(actionsIn(activity(9))).toEqual({ activity: 1 });
  });

  it('have the heartbeats of a long one: the first after ten seconds, then one every 24 seconds', () => {
    expect(actionsIn(activity(10))).toEqual({ activity: 1, heartbeat: 1 });
    expect(actionsIn(activity(120))).toEqual({ activity: 1, heartbeat: 5 });
  });

  it('have a retry for each attempt before the last', () => {
    expect(actionsIn(activity(1, 3))).toEqual({ activity: 1, retry: 2 });
  });
});
