import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { REPORT, TASK_QUEUES } from '../../domain/engine/ids.js';

/** Before people come to work; UTC. */
const HOUR = 6;

/** Makes the daily report's schedule; one that is there, whatever somebody has made of it, is left alone. */
export async function ensureReportSchedule(
  client: Client,
  taskQueue: string = TASK_QUEUES.workflows,
): Promise<'created' | 'there'> {
  try {
    await client.schedule.create({
      scheduleId: REPORT.schedule,
      spec: { calendars: [{ comment: 'daily', hour: HOUR }] },
      action: {
        type: 'startWorkflow',
        workflowType: REPORT.workflow,
        workflowId: REPORT.schedule,
        taskQueue,
        args: [],
        staticSummary: 'Tells operators what needs a person',
      },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
    });
    return 'created';
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return 'there';
    throw error;
  }
}
