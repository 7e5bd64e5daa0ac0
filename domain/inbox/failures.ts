/** Describes failed migrations of inboxes. */

import { carryoverCommand } from '../engine/failures/commands.js';
import { INBOX } from './names.js';

/** The one sort of failures in the report. */
export const FAILED = 'migrations';

export const FAILURE_TITLES = {
  [FAILED]: 'Migrations of inboxes that failed',
  verification: 'Verifications that found differences, or failed',
} as const;

/** @param id in `carryover.inbox_migrations` */
export function nextStep(id: string): string {
  return `What is moved stays moved. Correct what the message says and migrate again, or reverse migration ${id}.`;
}

export function undoCommand(subject: string): string {
  return carryoverCommand('undo', '--kind', INBOX, subject);
}
