/**
 * Reports to the store what Chatwoot's database has recorded; the store reports it to Temporal. If the store is away, a worker does it as soon as it sees the
 * difference: `cli/worker/keep-inboxes.ts`.
 */

import type { FastifyBaseLogger } from 'fastify';
import { INBOX, inboxSubject } from '../../../domain/inbox/names.js';
import type { MigrationRow } from '../../../domain/inbox/view.js';
import { addAuditEntry, type AuditDetails } from '../../../gateways/store/migrations/audit.js';
import { startMove } from '../../../gateways/store/inbox/rows.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Asker } from '../../engine/operations/asker.js';

type Log = Pick<FastifyBaseLogger, 'info' | 'warn'>;

/** Has a queued migration begin. */
export async function tellStarted(
  { store, log }: { readonly store: Store; readonly log: Log },
  accountId: string,
  row: MigrationRow,
  asker: Asker,
): Promise<void> {
  const subject = inboxSubject(accountId, String(row.source_inbox.id));
  const details: AuditDetails = {
    migration: row.id,
    destination_inbox: row.destination_inbox.id,
    ...(row.reverses !== null && { reverses: row.reverses }),
  };
  await told(log, row.id, () =>
    transaction(store.control, 'start-inbox', async (tx) => {
      await startMove(
        tx,
        { subject, id: String(row.id), name: row.source_inbox.name ?? '' },
        { by: asker.subject, at: asker.at },
      );
      await addAuditEntry(tx, {
        migration: { kind: INBOX, subject },
        action: row.reverses === null ? 'start' : 'undo',
        details,
        ...asker.asActor,
      });
    }),
  );
}

export async function told(log: Log, id: number, tell: () => Promise<unknown>): Promise<void> {
  try {
    await tell();
    log.info(`[InboxMigration ${id}] the store has the request`);
  } catch (error) {
    log.warn({ err: error }, `[InboxMigration ${id}] the store could not be told yet; a worker will do it`);
  }
}
