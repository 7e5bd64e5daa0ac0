import { migrationOf } from '../../../../domain/conversations/migration.js';
/** Changes of statuses and tallies by a reset; `reset-data.ts` removes the imported data. */

import { timestamp } from '../../../../domain/engine/clock.js';
import { NOT_STARTED, type Steered, reset } from '../../../../domain/engine/steering.js';
import { operationWorkflowId, migrationWorkflowId } from '../../../../domain/conversations/ids.js';
import type { ConversationsSignals } from '../../../../domain/conversations/messages.js';
import { SIGNALS } from '../../../../domain/engine/messages.js';
import { systemClock } from '../../../clock.js';
import { revokeCertificates } from '../../proof/certificates.js';
import type { Store } from '../../sql/connect.js';
import { transaction } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';
import { storeError } from '../../sql/errors.js';
import { readSteered } from '../status/account-migration.js';
import type { StatusContext, StatusDraft } from '../status/status-draft.js';
import { begin } from '../status/status-changes.js';
import { changeStatuses, lockAccount } from '../status/status-writer.js';
import type { StatusChange } from '../status/status-writer.js';
import { forgetAllRetries } from '../../migrations/retries.js';
import { removeWork } from '../../work/plans.js';
import { forgetVerifications } from '../verify/verifications.js';
import { accountLockBySourceId } from '../following/account-lock.js';
import { forgetFollowing } from '../following/followings.js';
import { forgetAccount } from '../streams/join.js';
import { addWorkflowMessage, dropWorkflowMessages } from '../../migrations/workflow-messages.js';

/**
 * Requests a reset: sets all statuses to `pending`, which ends running imports within a batch, drops undelivered messages to workflows, and adds the
 * message for the reset's workflow. Another request during a reset repeats the same one. Undefined if there is no such account.
 */
export async function requestReset(
  tx: Transaction,
  accountId: string,
  by: string,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  const change = await changeStatuses(
    tx,
    accountId,
    (draft) => {
      emptyBrands(draft);
      draft.steering = reset(draft.steering, { by, since: draft.at });
      draft.patchAccount({
        failure: undefined,
        lastFailure: undefined,
        foreignBrands: undefined,
        lastForeignBrands: undefined,
      });
    },
    context,
  );
  if (change === undefined) return undefined;
  await revokeCertificates(tx, migrationOf(accountId), by);
  await dropWorkflowMessages(tx, migrationOf(accountId), 'reset');
  await addWorkflowMessage<ConversationsSignals>(tx, {
    migration: migrationOf(accountId),
    workflowId: operationWorkflowId(accountId, 'reset'),
    signal: 'reset',
    payload: { by, at: timestamp(context?.clock ?? systemClock) },
  });
  return change;
}

/** Who requested the reset in progress; undefined without one. */
export async function resetUnderWay(
  on: Pick<Transaction, 'query'>,
  accountId: string,
): Promise<Steered | undefined> {
  return (await readSteered(on, accountId))?.steering.resetting;
}

/** Whether one is under way, outside of any transaction. Throws StoreUnavailable. */
export async function isResetting({ control }: Store, accountId: string): Promise<boolean> {
  return (await resetUnderWay(control, accountId)) !== undefined;
}

/** The store's own id of the account, which names the folder of its files. Undefined if there is no such account. */
export async function accountRowId({ prisma }: Store, accountId: string): Promise<string | undefined> {
  try {
    const row = await prisma.account.findUnique({ where: { sourceId: accountId }, select: { id: true } });
    return row === null ? undefined : String(row.id);
  } catch (error) {
    throw storeError(error);
  }
}

/**
 * Shuts out imports and following, even of workers that have lost contact with Temporal: without slices no batch can commit, and without the boundary of `recent`
 * none can be planned.
 */
export async function shutOutImports(store: Store, accountId: string): Promise<void> {
  await transaction(store.control, 'shut-out-imports', async (tx) => {
    await tx.query(accountLockBySourceId('shared', accountId));
    await changeStatuses(tx, accountId, (draft) => draft.patchAccount({ recentSince: undefined }));
    await removeWorkRecords(tx, accountId);
  });
}

/**
 * The last step of a reset: the account is as if it were new, and a message in the same transaction starts it with a new boundary. Returns false, and
 * changes nothing, while data is left to remove. Returns true, and changes nothing, if no reset is in progress because it was already finished.
 */
export async function finishReset(
  store: Store,
  accountId: string,
  context?: StatusContext,
): Promise<boolean> {
  return transaction(store.control, 'finish-reset', async (tx) => {
    await lockAccount(tx, accountId);
    const asked = await resetUnderWay(tx, accountId);
    if (asked === undefined) return true;
    await removeWorkRecords(tx, accountId);
    if (await hasData(tx, accountId)) return false;
    const { by } = asked;
    await changeStatuses(
      tx,
      accountId,
      (draft) => {
        emptyBrands(draft);
        const region = draft.migration?.region;
        draft.migration = { status: 'pending', ...(region === undefined ? {} : { region }) };
        draft.steering = NOT_STARTED;
        begin(draft, by);
      },
      context,
    );
    await addWorkflowMessage(tx, {
      migration: migrationOf(accountId),
      workflowId: migrationWorkflowId(accountId),
      signal: SIGNALS.start,
      payload: { by, at: timestamp(context?.clock ?? systemClock), afresh: true },
    });
    return true;
  });
}

/** Sets statuses directly, because no step of a migration leads back. */
function emptyBrands(draft: StatusDraft): void {
  for (const brand of draft.brands) {
    if (brand.migration) {
      const { position, withdrawn } = brand.migration;
      brand.migration = { status: 'pending', ...places(position, withdrawn) };
    }
    for (const channel of brand.channels) {
      if (!channel.migration) continue;
      const { position, withdrawn, port } = channel.migration;
      channel.migration = {
        status: 'pending',
        ...places(position, withdrawn),
        ...(port === undefined ? {} : { port }),
      };
    }
  }
}

function places(position: number | undefined, withdrawn: boolean | undefined) {
  return {
    ...(position === undefined ? {} : { position }),
    ...(withdrawn === undefined ? {} : { withdrawn }),
  };
}

async function removeWorkRecords(tx: Transaction, accountId: string): Promise<void> {
  await removeWork(tx, migrationOf(accountId));
  await forgetVerifications(tx, accountId);
  await forgetFollowing(tx, accountId);
  await forgetAccount(tx, accountId);
  await forgetAllRetries(tx, migrationOf(accountId));
}

async function hasData(tx: Transaction, accountId: string): Promise<boolean> {
  const rows = await tx.rows<{ left: boolean }>`
    WITH own AS MATERIALIZED (
      SELECT b.id FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = ${accountId}
    )
    SELECT EXISTS (SELECT FROM message_threads WHERE brand_id IN (SELECT id FROM own))
      OR EXISTS (SELECT FROM quarantined_records WHERE brand_id IN (SELECT id FROM own))
      OR EXISTS (SELECT FROM carryover.superseded_copies WHERE brand_id IN (SELECT id FROM own)) AS left`;
  return rows[0]?.left ?? false;
}
