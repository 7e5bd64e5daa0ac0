import { inboxSubject } from '../../../domain/inbox/names.js';
import { isUnderWay } from '../../../domain/inbox/view.js';
import type { Chatwoot } from '../../../gateways/chatwoot/connect.js';
import { listMigrations, readMigration } from '../../../gateways/chatwoot/migration-reads.js';
import { queueReverse } from '../../../gateways/chatwoot/requests.js';
import { startMove } from '../../../gateways/store/inbox/rows.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import type { Asker } from '../../engine/operations/asker.js';
import { Problem } from '../../http/problems.js';

/**
 * Reverses the latest migration out of an inbox, for a caller without a Chatwoot token. The reverse is a migration out of the other inbox. Returns the
 * status of the migration that is taken back. Throws Problem 409.
 */
export async function undoMove(
  chatwoot: Pick<Chatwoot, 'ready'>,
  tx: Transaction,
  { accountId, source }: { readonly accountId: string; readonly source: string },
  asker: Asker,
): Promise<string> {
  const pool = await chatwoot.ready();
  const rows = await listMigrations(pool, accountId, source, 1);
  const latest = rows.find(({ reverses, reversed_by }) => reverses === null && reversed_by === null);
  if (latest === undefined) throw new Problem('conflict', 'There is no migration that could be reversed.');
  if (isUnderWay(latest.status))
    throw new Problem('conflict', `Migration ${latest.id} is ${latest.status}. Cancel it first.`);
  const reverse = await queueReverse(pool, { accountId, source, userId: null, id: String(latest.id) });
  if (typeof reverse !== 'string') throw new Problem('conflict', reverse.message);
  const destination = String(latest.destination_inbox.id);
  const row = await readMigration(pool, accountId, destination, reverse);
  const move = {
    subject: inboxSubject(accountId, destination),
    id: reverse,
    name: row?.source_inbox.name ?? '',
  };
  await startMove(tx, move, { by: asker.subject, at: asker.at });
  return latest.status;
}
