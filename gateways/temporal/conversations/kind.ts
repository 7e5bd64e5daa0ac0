import { WORKFLOW_TYPES } from '../../../domain/conversations/ids.js';
import { WORDS } from '../../../domain/conversations/migration.js';
import { summaryOf } from '../../../domain/engine/web-ui/texts.js';
import type { TemporalKind } from '../kind.js';
import { OPERATION_STARTS } from './operations.js';
import { PORT_STARTS } from './ports.js';
import { preflightStart } from './preflight.js';

export const conversations: TemporalKind = {
  migration: {
    type: WORKFLOW_TYPES.migration,
    summary: (subject, names) => summaryOf(WORDS, { subject, names }, 'from Conversations to the helpdesk'),
    details:
      'Provisions brands and channels, has numbers ported, imports recent messages of all brands, then the remaining ones. ' +
      'Progress is in the store; running it again does only what is missing.',
  },
  verification: {
    type: WORKFLOW_TYPES.verification,
    summary: (subject, names) =>
      summaryOf(WORDS, { subject, names }, 'Conversations compared with the helpdesk'),
    details:
      'Reads every record again and compares it with the store, brand by brand. What was found is in the store; running it again goes on where it was.',
  },
  preflight: preflightStart,
  starts: { ...OPERATION_STARTS, ...PORT_STARTS },
};
