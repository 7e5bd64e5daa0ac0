import { INBOX } from '../../domain/inbox/names.js';
import { MIGRATION_STATUSES } from '../../domain/inbox/view.js';
import { callsOf, type CliKind } from '../engine/kind.js';
import { print } from '../engine/terminal/terminal.js';
import { addInbox } from './commands.js';
import { endOf, lineOf, linesOf } from './lines.js';
import type { InboxView } from './view.js';

/** Moves of inboxes in Chatwoot: a key is `ACCOUNT:INBOX`. */
export const inboxKind: CliKind<InboxView> = {
  name: INBOX,
  subject: 'inbox',
  statuses: MIGRATION_STATUSES,
  failureKinds: ['migrations'],
  calls: callsOf(INBOX, ['pause', 'resume', 'cancel', 'undo']),
  show: async ({ account_id, source_inbox_id, migrations: [latest] }, { out }) =>
    print(
      out,
      `Inbox ${source_inbox_id} of account ${account_id}:`,
      ...(latest === undefined ? [] : linesOf(latest)),
    ),
  watching: async () => ({
    openDisplay({ out }) {
      let last = '';
      return {
        update({ migrations: [latest] }) {
          const line = latest === undefined ? '' : lineOf(latest);
          if (line !== last) print(out, line);
          last = line;
        },
        end: () => undefined,
      };
    },
    endOf: ({ migrations: [latest] }) => endOf(latest),
  }),
  verification: async () => (await import('./verification.js')).inboxVerification,
  checks: async () => [(await import('./check.js')).chatwoot],
  certificates: async () => (await import('./certificates.js')).movesCertificates,
  addCommands: addInbox,
};
