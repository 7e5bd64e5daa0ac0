/**
 * Counts what Temporal Cloud bills (its list of actions: https://docs.temporal.io/cloud/actions). Histories have everything except heartbeats and
 * queries. A heartbeat counts when it reaches the server, without an event, so heartbeats are computed from the time of each activity's last attempt.
 */

import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { QUIET_MS } from '../../activities/engine/heartbeats.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export const ACTIONS = [
  'start',
  'child',
  'activity',
  'heartbeat',
  'retry',
  'local activity',
  'signal',
  'timer',
  'search attributes',
] as const;
export type Action = (typeof ACTIONS)[number];
export type Actions = { readonly [action in Action]?: number };

/** The actions of one run, by kind. A child costs its parent two actions, and itself none. */
export async function actionsOf(handle: WorkflowHandle): Promise<Actions> {
  const { events } = await handle.fetchHistory();
  return actionsIn(events ?? []);
}

export function actionsIn(events: readonly HistoryEvent[]): Actions {
  const first = signalOfStart(events);
  const counts: { [action in Action]?: number } = {};
  const count = (action: Action, times = 1): void => {
    if (times > 0) counts[action] = (counts[action] ?? 0) + times;
  };
  let markers: unknown;
  const begun = new Map<string, number>();
  for (const event of events) {
    const { workflowExecutionStartedEventAttributes: started, markerRecordedEventAttributes: marker } = event;
    if (started && !started.parentWorkflowExecution) count('start');
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) count('child', 2);
    if (event.activityTaskScheduledEventAttributes) count('activity');
    // A retry leaves no event; the last attempt has its number.
    count('retry', (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1);
    if (event.activityTaskStartedEventAttributes) begun.set(String(event.eventId), timeOf(event));
    const attempt = endedAttempt(event);
    if (attempt !== undefined)
      count('heartbeat', heartbeatsIn((timeOf(event) - (begun.get(attempt) ?? timeOf(event))) / 1_000));
    if (event.workflowExecutionSignaledEventAttributes && event !== first) count('signal');
    if (event.timerStartedEventAttributes) count('timer');
    if (event.upsertWorkflowSearchAttributesEventAttributes) count('search attributes');
    // All local activities of a workflow task count as one action.
    const task = String(marker?.workflowTaskCompletedEventId);
    if (marker && markers !== task) {
      markers = task;
      count('local activity');
    }
  }
  return counts;
}

export function sumOf(all: readonly Actions[]): number {
  return all.flatMap((actions) => Object.values(actions)).reduce((sum, count) => sum + count, 0);
}

/** The SDK's throttle, as a share of the heartbeat timeout: sooner heartbeats are held back until the next. */
const THROTTLE = 0.8;

/** The number of heartbeats that reach the server from an activity that runs for so long and heartbeats constantly. */
export function heartbeatsIn(seconds: number, heartbeatTimeoutSeconds = 30): number {
  const quiet = QUIET_MS / 1_000;
  return seconds < quiet ? 0 : 1 + Math.floor((seconds - quiet) / (THROTTLE * heartbeatTimeoutSeconds));
}

/** The event that began the attempt which this event ends. */
function endedAttempt(event: HistoryEvent): string | undefined {
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskCanceledEventAttributes ??
    event.activityTaskTimedOutEventAttributes;
  return ended ? String(ended.startedEventId) : undefined;
}

/** In milliseconds. */
function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}

/** Signal-with-start is one action; its signal comes before the first task. */
function signalOfStart(events: readonly HistoryEvent[]): HistoryEvent | undefined {
  const firstTask = events.findIndex((event) => event.workflowTaskStartedEventAttributes);
  return events.slice(0, firstTask).find((event) => event.workflowExecutionSignaledEventAttributes);
}
