/**
 * What Temporal Cloud bills, counted (its list of actions: https://docs.temporal.io/cloud/actions). Everything but heartbeats and queries
 * stands in histories. A heartbeat counts when it reaches the server, and leaves no event: those follow from how long an activity works.
 */

import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { QUIET_MS } from '../../activities/engine/heartbeats.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export const ACTIONS = [
  'start',
  'child',
  'activity',
  'retry',
  'local activity',
  'signal',
  'timer',
  'search attributes',
] as const;
export type Action = (typeof ACTIONS)[number];
export type Actions = { readonly [action in Action]?: number };

/** The actions of one run, by kind. A child costs its parent two actions and itself none. */
export async function actionsOf(handle: WorkflowHandle): Promise<Actions> {
  const { events } = await handle.fetchHistory();
  return actionsIn(events ?? []);
}

function actionsIn(events: readonly HistoryEvent[]): Actions {
  const first = signalOfStart(events);
  const counts: { [action in Action]?: number } = {};
  const count = (action: Action, times = 1): void => {
    if (times > 0) counts[action] = (counts[action] ?? 0) + times;
  };
  let markers: unknown;
  for (const event of events) {
    const { workflowExecutionStartedEventAttributes: started, markerRecordedEventAttributes: marker } = event;
    if (started && !started.parentWorkflowExecution) count('start');
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) count('child', 2);
    if (event.activityTaskScheduledEventAttributes) count('activity');
    // A retry leaves no event of its own: the last try tells its number..
    count('retry', (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1);
    if (event.workflowExecutionSignaledEventAttributes && event !== first) count('signal');
    if (event.timerStartedEventAttributes) count('timer');
    if (event.upsertWorkflowSearchAttributesEventAttributes) count('search attributes');
    // All local activities of a workflow task are one action.
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

/** The SDK's own: heartbeats that come sooner wait for the next. */
const THROTTLE = 0.8;

/** How many heartbeats of an activity reach the server, which works for so long and gives signs of life all the time. */
export function heartbeatsIn(seconds: number, heartbeatTimeoutSeconds = 30): number {
  const quiet = QUIET_MS / 1_000;
  return seconds < quiet ? 0 : 1 + Math.floor((seconds - quiet) / (THROTTLE * heartbeatTimeoutSeconds));
}

/** Signal-with-start is one action: its signal stands before any task. */
function signalOfStart(events: readonly HistoryEvent[]): HistoryEvent | undefined {
  const firstTask = events.findIndex((event) => event.workflowTaskStartedEventAttributes);
  return events.slice(0, firstTask).find((event) => event.workflowExecutionSignaledEventAttributes);
}
