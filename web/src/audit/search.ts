import type { AuditFilter } from '../api/queries.js';
import type { AuditAction } from '../api/types.js';
import { textsOf } from '../words/search.js';

export type AuditSearch = AuditFilter;

/** The compiler requires all that the API has. */
const IS_ACTION: Readonly<Record<AuditAction, true>> = {
  start: true,
  pause: true,
  resume: true,
  cancel: true,
  retry: true,
  verify: true,
  repair: true,
  finish: true,
  undo: true,
  reset: true,
  'retry-attachments': true,
  'retry-quarantined': true,
  'read-quarantined': true,
  'export-quarantined': true,
  'waive-quarantined': true,
  'revoke-waivers': true,
  'create-wave': true,
  'pause-wave': true,
  'resume-wave': true,
  'cancel-wave': true,
  'decode-payloads': true,
  'sign-in': true,
  'sign-out': true,
};

export const ACTIONS = Object.keys(IS_ACTION) as readonly AuditAction[];

export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const { action, ...texts } = textsOf(search, ['kind', 'key', 'by', 'action', 'from', 'to']);
  const known = ACTIONS.find((each) => each === action);
  return { ...texts, ...(known !== undefined && { action: known }) };
}
