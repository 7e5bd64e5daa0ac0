import type { ToldToFinish } from '../../../domain/conversations/following/finishing.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { finishNow } from '../../../gateways/store/conversations/finishing/finish.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { LockedMigration } from '../../../gateways/store/migrations/steered.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { ApiKind } from '../../engine/kind.js';
import type { Asker } from '../../engine/operations/asker.js';
import { lockedMigration } from '../../engine/operations/locked-migration.js';
import { Problem } from '../../http/problems.js';

export interface FinishAsked {
  readonly status: string;
  readonly told: ToldToFinish;
}

/**
 * Has following of an account end: writes the request, the audit entry and the message for its last pass in one transaction. Idempotent; says of an
 * account that is finished that it is. Throws Problem 404; 409 where there is nothing to finish yet; StoreUnavailable.
 */
export async function finish(
  store: Store,
  kind: ApiKind,
  accountId: string,
  asker: Asker,
): Promise<FinishAsked> {
  return transaction(store.control, 'finish', async (tx) => {
    const locked = await lockedMigration(tx, kind, accountId);
    const refusal = refusalOf(locked);
    if (refusal !== undefined) throw new Problem('conflict', refusal);
    const told = await finishNow(tx, accountId, { by: asker.subject, at: asker.at });
    if (told === undefined)
      throw new Problem(
        'conflict',
        'There is nothing to finish: the account was never followed. Dumps cannot be followed, and earlier versions followed no account.',
      );
    await addAuditEntry(tx, { migration: migrationOf(accountId), action: 'finish', ...asker.asActor });
    return { status: locked.status, told };
  });
}

function refusalOf({ status, steering }: LockedMigration): string | undefined {
  const { resetting, startedAt, cancelled, paused } = steering;
  if (resetting !== undefined) return 'The account is being reset: there is nothing to finish.';
  if (startedAt === undefined) return 'There is nothing to finish: the migration has not been started.';
  if (cancelled !== undefined)
    return 'The migration is cancelled. Start it again; it can be finished when all messages are migrated.';
  if (paused !== undefined) return 'The migration is paused. Resume it, then finish it.';
  if (status !== 'all-messages-migrated')
    return `There is nothing to finish yet: not all messages are migrated (${status}).`;
  return undefined;
}
