/** The activities of operators' workflows, all of them patient: whoever asked has gone, and is told by the report. */

import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { ConversationsActivities } from '../../activities/conversations/types.js';
import type { OperationActivities } from '../../activities/conversations/operations/types.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';

const CALL = {
  taskQueue: TASK_QUEUES.calls,
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} satisfies ActivityOptions;

const WORK = {
  ...CALL,
  taskQueue: TASK_QUEUES.imports,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
} satisfies ActivityOptions;

/** When the place where attachments go is away for longer than some hours, somebody must ask again. */
const FETCH = { ...WORK, retry: { ...WORK.retry, maximumInterval: '5 minutes', maximumAttempts: 60 } };

/** A report that cannot be sent within a day is followed by the next. */
const REPORT = { ...CALL, retry: { ...CALL.retry, maximumInterval: '10 minutes', maximumAttempts: 100 } };

export const callActivities = (summary: string) => proxyActivities<OperationActivities>({ ...CALL, summary });

export const workActivities = (summary: string) => proxyActivities<OperationActivities>({ ...WORK, summary });

export const fetchActivities = () =>
  proxyActivities<Pick<ConversationsActivities, 'fetchAttachments'>>({
    ...FETCH,
    summary: 'Fetch attachments',
    priority: { priorityKey: 5 },
  });

export const reportActivities = () =>
  proxyActivities<OperationActivities>({ ...REPORT, summary: 'Tell what needs a person' });
