/** Task queues and names that do not depend on the kind of migration, and what an id may be. */

import type { MigrationRef } from './migration-ref.js';

/** Orchestration, bulk import and short calls do not wait for each other. */
export const TASK_QUEUES = {
  workflows: 'carryover-workflows',
  imports: 'carryover-imports',
  calls: 'carryover-calls',
} as const;

/** The schedule of the daily report; its runs have the name with the time behind it. */
export const REPORT = {
  schedule: 'carryover-report',
  workflow: 'ReportWorkflow',
} as const;

/** The channel on which PostgreSQL announces that a status document has changed; the payload is a `statusNotice`. */
export const STATUS_CHANNEL = 'carryover_status';

export function statusNotice({ kind, subject }: MigrationRef): string {
  return `${kind}:${subject}`;
}

/** The migration that a `statusNotice` names. */
export function noticedMigration(notice: string): MigrationRef {
  const colon = notice.indexOf(':');
  return { kind: notice.slice(0, colon), subject: notice.slice(colon + 1) };
}

/** How long an id of a workflow may be, in bytes of UTF-8: Temporal refuses a longer one. */
export const WORKFLOW_ID_LIMIT = 1_000;

export function isIdTooLong(id: string, limit: number): boolean {
  return bytesOf(id) > limit;
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** For texts that Temporal keeps short, such as a summary: an id of ordinary length as it is, a longer one with an ellipsis. */
export function shortened(id: string): string {
  return id.length <= 64 ? id : `${id.slice(0, 63).toWellFormed()}…`;
}
