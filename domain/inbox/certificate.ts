/** What the certificate of an inbox's moves states. */

import { type Static, Type } from 'typebox';
import {
  type CertificateForm,
  certificateFileOf,
  type CheckStep,
  Sha256,
  STATED,
  STATED_BY_STORE,
  Strict,
} from '../engine/proof/certificate.js';
import { inboxSubject } from './names.js';
import { forbiddenWrites } from './writes.js';

const Count = Type.Integer({ minimum: 0 });

const COUNTS = {
  conversations: Count,
  messages: Count,
  attachments: Count,
  contact_inboxes: Count,
  contacts_merged: Count,
  left: Type.Integer({
    minimum: 0,
    description: 'Conversations that stay in the source, for one of the reasons that are counted.',
  }),
};

const Move = Strict({
  migration_id: Type.Integer(),
  destination_inbox_id: Type.Integer(),
  completed_at: Type.String(),
  ...COUNTS,
  /** Over the ids of the moved conversations, in order, with commas between them. */
  conversations_sha256: Sha256,
  written: Type.Array(Strict({ table: Type.String(), inserted: Count, updated: Count, deleted: Count }), {
    description:
      "Rows of Chatwoot's tables that the move's transactions wrote, by PostgreSQL's own count; with triggers and cascades.",
  }),
  unwritten_tables: Type.Integer({
    minimum: 0,
    description: 'Tables of the schema `public` in which they wrote nothing.',
  }),
});
export type CertifiedMove = Static<typeof Move>;

const Statement = Strict({
  ...STATED,
  ...STATED_BY_STORE,
  account_id: Type.Integer(),
  source_inbox_id: Type.Integer(),
  made_after: Type.Literal('verification'),
  totals: Strict(COUNTS),
  moves: Type.Array(Move, { minItems: 1 }),
});
export type InboxStatement = Static<typeof Statement>;

export const InboxCertificate = certificateFileOf(Statement);

const NAMES = [
  'conversations',
  'messages',
  'attachments',
  'contact_inboxes',
  'contacts_merged',
  'left',
] as const;

/** The sums over all moves. */
export function totalsOf(
  moves: readonly Pick<CertifiedMove, (typeof NAMES)[number]>[],
): InboxStatement['totals'] {
  const sums = NAMES.map((name) => [name, moves.reduce((sum, move) => sum + move[name], 0)]);
  return Object.fromEntries(sums) as InboxStatement['totals'];
}

function figureSteps({ moves, totals }: InboxStatement): CheckStep[] {
  const sums = totalsOf(moves);
  return [
    {
      holds: NAMES.every((name) => sums[name] === totals[name]),
      words: 'The totals are the sums over the moves.',
    },
    {
      holds: moves.every(({ attachments, messages }) => messages > 0 || attachments === 0),
      words: 'There are no attachments without messages.',
    },
    {
      holds: moves.every(({ written }) => forbiddenWrites(written).length === 0),
      words: "No move wrote in a table in which it must not, by PostgreSQL's count.",
    },
    {
      holds: moves.every(
        ({ conversations, written }) =>
          (written.find(({ table }) => table === 'conversations')?.updated ?? 0) >= conversations,
      ),
      words: 'No more conversations are said to be moved than rows of conversations were written.',
    },
  ];
}

export const inboxCertificates: CertificateForm<InboxStatement> = {
  file: InboxCertificate,
  subjectOf: ({ account_id, source_inbox_id }) => inboxSubject(String(account_id), String(source_inbox_id)),
  figureSteps,
};
