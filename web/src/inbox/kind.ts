import { lazy } from 'react';
import type { WebKind } from '../kinds.js';

/** Moves of inboxes inside Chatwoot: a key is `ACCOUNT:INBOX`, a unit is one move. */
export const inbox: WebKind = {
  items: 'messages',
  part: 'stage',
  startScreen: {
    to: '/inboxes/move',
    explains:
      'Moves the conversations of a WhatsApp inbox in Chatwoot to another one. You choose both inboxes, and see what the move would do before it begins.',
  },
  actions: [],
  tabs: [{ id: 'history', name: 'History', Panel: lazy(() => import('./history.js')) }],
};
