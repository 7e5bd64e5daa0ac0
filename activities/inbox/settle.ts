import { isUnderWay } from '../../domain/inbox/view.js';
import { latestOf } from '../../gateways/chatwoot/migrations.js';
import { INBOX_ROWS } from '../../gateways/store/inbox/rows.js';
import { transaction, type Pool, type Transaction } from '../../gateways/store/sql/transaction.js';

/** The canceller's name for a cancellation in Chatwoot that nobody requested here. */
const IN_CHATWOOT = 'Chatwoot';

/** Sets the store's status of a source to that of its latest migration in Chatwoot, the only record of how it ended. Idempotent. */
export async function settle(
  { store, chatwoot }: { readonly store: Pool; readonly chatwoot: Pool },
  subject: string,
): Promise<void> {
  await transaction(store, 'settle-inbox', (tx) => settleLocked(tx, chatwoot, subject));
}

/** The same in the caller's transaction. A start waits for it, so that the end of the previous migration is not applied to the new one. */
export async function settleLocked(tx: Transaction, chatwoot: Pool, subject: string): Promise<void> {
  const held = await INBOX_ROWS.lock(tx, subject);
  const status = await latestOf(chatwoot, subject);
  if (held === undefined || status === undefined || isUnderWay(status) || held.status === status) return;
  if (status === 'cancelled')
    await INBOX_ROWS.recordCancellation(tx, subject, held.steering.cancelled?.by ?? IN_CHATWOOT);
  else await INBOX_ROWS.setStatus(tx, subject, status);
}
