import { type Clock, timestamp } from '../../../../domain/engine/clock.js';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { migrationWorkflowId } from '../../../../domain/conversations/ids.js';
import { SIGNALS } from '../../../../domain/engine/messages.js';
import { type AuditActor, addAuditEntries } from '../../migrations/audit.js';
import { type NewAccount, fillInAccounts } from '../account/fill-in.js';
import { begin } from './status-changes.js';
import type { StatusDraft } from './status-draft.js';
import type { Start } from './statuses.js';
import type { Transaction } from '../../sql/transaction.js';
import { changeLocked, lockAccounts } from './status-writer.js';
import { addWorkflowMessages, recentlySent } from '../../migrations/workflow-messages.js';

export interface RequestedStart {
  readonly accountId: string;
  readonly actor: AuditActor;
  /** Set for an account that is new here. */
  readonly met?: NewAccount | undefined;
  /** Always signals the workflow. The caller adds the audit entry. */
  readonly isRetry?: boolean;
  /** Of its request's trace, as several requests share a transaction. */
  readonly traceparent?: string | undefined;
}

/** Limits the history of a workflow whose app starts it repeatedly while nothing changes. */
const RESEND_AFTER_SECONDS = 10;

/**
 * Starts the migrations of several accounts: writes statuses, audit entries and messages to workflows in the caller's transaction, in as many
 * statements as for one account. Fills in new accounts first. A running migration is not started twice. A completed one does not change (`begun` is
 * false), and a reset starts the migration itself.
 *
 * Returns nothing for unknown accounts. Waits for accounts that another transaction has locked; with `skipLocked` it returns nothing for these, and
 * the caller must start them separately.
 */
export async function beginStarts(
  tx: Transaction,
  starts: readonly RequestedStart[],
  skipLocked: boolean,
  clock: Pick<Clock, 'now'>,
): Promise<ReadonlyMap<string, Start>> {
  const filled = await fillInAccounts(
    tx,
    starts.flatMap(({ met }) => met ?? []),
  );
  const others = starts.filter(({ met }) => met === undefined).map(({ accountId }) => accountId);
  const locked = [...filled.locked, ...(await lockAccounts(tx, others, skipLocked))];
  const byAccount = new Map(starts.map((start) => [start.accountId, start]));
  const [resetting, done, underWay] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const changes = await changeLocked(
    tx,
    locked,
    (draft) => {
      if (draft.steering.resetting !== undefined) resetting.add(draft.accountId);
      else if (draft.status() === 'all-messages-migrated') done.add(draft.accountId);
      else {
        if (isUnderWay(draft, draft.status())) underWay.add(draft.accountId);
        filled.change(draft);
        begin(draft, byAccount.get(draft.accountId)?.actor.actor);
      }
    },
    { clock },
  );
  const begun = locked.flatMap(({ accountId }) =>
    done.has(accountId) ? [] : (byAccount.get(accountId) ?? []),
  );
  await signalWorkflows(
    tx,
    begun.filter(({ accountId }) => !resetting.has(accountId)),
    timestamp(clock),
  );
  await addAuditEntries(
    tx,
    begun
      .filter(({ isRetry }) => isRetry !== true)
      .map(({ accountId, actor }) => ({
        migration: migrationOf(accountId),
        action: 'start',
        ...actor,
        isRepeated: underWay.has(accountId) || resetting.has(accountId),
      })),
  );
  return new Map(
    locked.map(({ accountId }) => [
      accountId,
      { status: changes.get(accountId)?.status ?? 'none', begun: !done.has(accountId) },
    ]),
  );
}

/** Whether a start would change nothing: the migration was started, and nothing has failed or been cancelled since. */
function isUnderWay({ migration, steering }: StatusDraft, status: string): boolean {
  if (!steering.started || steering.cancelled !== undefined) return false;
  return migration?.failure === undefined && !status.endsWith('-failure');
}

/** Skips workflows that received the same message a moment ago. */
async function signalWorkflows(
  tx: Transaction,
  starts: readonly RequestedStart[],
  at: string,
): Promise<void> {
  const messages = starts.map(({ accountId, actor, traceparent }) => ({
    migration: migrationOf(accountId),
    workflowId: migrationWorkflowId(accountId),
    signal: SIGNALS.start,
    payload: { by: actor.actor, at },
    traceparent,
  }));
  const retries = new Set(starts.flatMap(({ accountId, isRetry }) => (isRetry === true ? accountId : [])));
  const repeatable = messages.filter(({ migration }) => !retries.has(migration.subject));
  const said = await recentlySent(tx, repeatable, RESEND_AFTER_SECONDS);
  await addWorkflowMessages(
    tx,
    messages.filter(({ migration }) => !said.has(migration.subject)),
  );
}
