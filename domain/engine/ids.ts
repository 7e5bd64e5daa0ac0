/** Task queues and names that are independent of the kind of migration, and limits of ids. */

/** Separate queues, so that orchestration, bulk imports, short calls and following do not wait for each other. */
export const TASK_QUEUES = {
  workflows: 'carryover-workflows',
  imports: 'carryover-imports',
  calls: 'carryover-calls',
  following: 'carryover-following',
} as const;
export type QueueName = keyof typeof TASK_QUEUES;
export const QUEUE_NAMES = Object.keys(TASK_QUEUES) as readonly QueueName[];

/** The schedule of the daily report. Its runs are named after the workflow, with the time appended. */
export const REPORT = {
  schedule: 'carryover-report',
  workflow: 'ReportWorkflow',
} as const;

/** The channel on which PostgreSQL announces changed status documents, each as a `migrationKey`. */
export const STATUS_CHANNEL = 'carryover_status';

/** Temporal's limit for a workflow id, in bytes of UTF-8. */
export const WORKFLOW_ID_LIMIT = 1_000;

export function isIdTooLong(id: string, limit: number): boolean {
  return bytesOf(id) > limit;
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** For texts that Temporal limits, such as summaries: cuts a long id and appends an ellipsis. */
export function shortened(id: string): string {
  return id.length <= 64 ? id : `${id.slice(0, 63).toWellFormed()}…`;
}
