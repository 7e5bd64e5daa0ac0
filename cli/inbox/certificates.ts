import { inboxCertificates, type InboxStatement } from '../../domain/inbox/certificate.js';
import type { KindCertificates } from '../engine/kind.js';

export const movesCertificates: KindCertificates<InboxStatement> = {
  form: inboxCertificates,
  contents: certificateLines,
};

function certificateLines({ account_id, source_inbox_id, totals, moves }: InboxStatement): string[] {
  return [
    `Inbox ${source_inbox_id} of account ${account_id}: ${totals.conversations} conversations with ${totals.messages} messages moved in ${moves.length} migrations, ${totals.left} left.`,
  ];
}
