import { INBOX } from '../../domain/inbox/names.js';
import { MIGRATION_STATUSES } from '../../domain/inbox/view.js';
import { inboxCertificates, type InboxStatement } from '../../domain/inbox/certificate.js';
import { callsOf, type CliKind, type KindVerification } from '../engine/kind.js';
import { print } from '../engine/terminal.js';
import { addInbox } from './commands.js';
import { endOf, lineOf, linesOf, type Migration } from './lines.js';

/** The answer of `GET /v2/kinds/inbox/migrations/{key}`. */
export interface InboxView {
  readonly account_id: number;
  readonly source_inbox_id: number;
  readonly status: Migration['status'];
  readonly verification: Verification | null;
  readonly migrations: readonly Migration[];
}

interface Verification {
  readonly state: 'running' | 'equal' | 'unequal' | 'failed';
  readonly conversations: number;
  readonly broken: readonly {
    readonly what: string;
    readonly count: number;
    readonly conversations: readonly string[];
    readonly rules: readonly string[];
  }[];
}

const verification: KindVerification<InboxView> = {
  openProgress: (out) => ({
    show: ({ verification: latest }) => {
      if (latest !== null) print(out, `${latest.conversations} conversations looked at`);
    },
    end: () => undefined,
  }),
  ended({ verification: latest }) {
    if (latest === null || latest.state === 'running') return undefined;
    return { isEqual: latest.state === 'equal', result: latest, lines: () => verificationLines(latest) };
  },
};

function verificationLines({ state, conversations, broken }: Verification): string[] {
  if (state === 'failed') return ['The verification has failed.'];
  return [
    `${conversations} moved conversations were looked at.`,
    ...(state === 'equal'
      ? ['All of them are as they must be.']
      : broken.map(
          ({ count, conversations: ids, rules }) =>
            `✖ ${count} rows break a rule (${rules.join(', ')}), such as those of conversation ${ids.join(', ')}.`,
        )),
  ];
}

function certificateLines({ account_id, source_inbox_id, totals, moves }: InboxStatement): string[] {
  return [
    `Inbox ${source_inbox_id} of account ${account_id}: ${totals.conversations} conversations with ${totals.messages} messages moved in ${moves.length} migrations, ${totals.left} left.`,
  ];
}

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
  verification: async () => verification,
  certificates: async () => ({ form: inboxCertificates, contents: certificateLines }),
  addCommands: addInbox,
};
