import { INBOX, moveWorkflowId, PHASE, WORKFLOW_TYPES } from '../../domain/inbox/names.js';
import { WORDS } from '../../domain/inbox/words.js';
import type { WorkflowKind } from '../engine/kind.js';
import { inboxDetails, moveDetails, moveStart } from './details.js';

const HOUR = 3_600_000;

/** The migrations out of an inbox; its units are rows of `carryover.inbox_migrations`, one of which is under way at a time. */
export const inbox: WorkflowKind = {
  name: INBOX,
  phases: [{ name: PHASE, unitsAtOnce: 1, awaited: false, standstillMs: 6 * HOUR }],
  unitWorkflow: WORKFLOW_TYPES.unit,
  unitWorkflowId: moveWorkflowId,
  grows: true,
  words: { ...WORDS, doing: (step) => (step === PHASE ? 'moving conversations' : step) },
  details: { migration: inboxDetails, unit: moveDetails, unitStart: moveStart },
};
