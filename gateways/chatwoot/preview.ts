import type { LeftReason } from '../../domain/inbox/identity.js';
import type { InboxType } from '../../domain/inbox/inbox-type.js';
import type { Findings } from '../../domain/inbox/warnings.js';
import { json } from './move/json.js';
import type { Transaction } from '../store/sql/transaction.js';

export interface Preview extends Findings {
  readonly messages: number;
  readonly attachments: number;
  readonly contactInboxes: number;
  readonly left: Readonly<Partial<Record<LeftReason, number>>>;
  /** Identities that both sides have. */
  readonly overlapping: number;
  /** The first hundred contacts that a merge removes. */
  readonly contacts: readonly {
    readonly identity: string;
    readonly source_contact: { readonly id: number; readonly name: string };
    readonly destination_contact: { readonly id: number; readonly name: string };
  }[];
}

/** What a move with the default options would do now. */
export async function readPreview(
  tx: Transaction,
  accountId: string,
  source: { readonly id: string; readonly type: InboxType },
  destination: { readonly id: string; readonly type: InboxType },
): Promise<Preview> {
  return json<Preview>(tx, 'inbox_preview($1, $2, $3, $4, $5, $6)', [
    ...[accountId, source.id, source.type, destination.id, destination.type, 'leave'],
  ]);
}
