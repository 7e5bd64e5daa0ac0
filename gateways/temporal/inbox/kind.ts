import { summaryOf } from '../../../domain/engine/web-ui/texts.js';
import { WORKFLOW_TYPES } from '../../../domain/inbox/names.js';
import { WORDS } from '../../../domain/inbox/words.js';
import type { TemporalKind } from '../kind.js';

export const inbox: TemporalKind = {
  migration: {
    type: WORKFLOW_TYPES.migration,
    summary: (subject, names) => summaryOf(WORDS, { subject, names }, 'to another inbox in Chatwoot'),
    details:
      'Moves conversations between two inboxes of a Chatwoot database, or takes such a move back. Progress is in its table carryover.inbox_migrations.',
  },
  verification: {
    type: WORKFLOW_TYPES.verification,
    summary: (subject, names) => summaryOf(WORDS, { subject, names }, 'what was moved, as Chatwoot has it'),
    details:
      "Looks at every conversation that was moved, in Chatwoot's own tables. What was found is in the store.",
  },
};
