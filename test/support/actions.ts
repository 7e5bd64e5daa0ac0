import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/**
 * How many billable actions a run has cost, as far as its history tells (Temporal Cloud's list of actions): everything but heartbeats and
 * queries. A child costs its parent two actions and itself none.
 */
export async function actionsOf(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return actionsIn(events ?? []);
}

export function actionsIn(events: readonly HistoryEvent[]): number {
  return events.reduce((sum, event) => sum + actionsFor(event, events), 0);
}

function actionsFor(event: HistoryEvent, events: readonly HistoryEvent[]): number {
  if (event.workflowExecutionStartedEventAttributes) {
    return event.workflowExecutionStartedEventAttributes.parentWorkflowExecution ? 0 : 1;
  }
  if (event.workflowExecutionSignaledEventAttributes) return event === signalOfStart(events) ? 0 : 1;
  // A retry leaves no event of its own: the last try tells its number.
  if (event.activityTaskStartedEventAttributes)
    return (event.activityTaskStartedEventAttributes.attempt ?? 1) - 1;
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 2;
  const one =
    event.activityTaskScheduledEventAttributes ??
    event.timerStartedEventAttributes ??
    event.upsertWorkflowSearchAttributesEventAttributes ??
    event.markerRecordedEventAttributes;
  return one ? 1 : 0;
}

/** Signal-with-start is one action: its signal stands before any task. */
function signalOfStart(events: readonly HistoryEvent[]): HistoryEvent | undefined {
  const firstTask = events.findIndex((event) => event.workflowTaskStartedEventAttributes);
  return events.slice(0, firstTask).find((event) => event.workflowExecutionSignaledEventAttributes);
}
