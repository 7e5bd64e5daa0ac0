import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import * as steering from '../../../domain/engine/steering.js';
import { type AuditedAction, addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { LockedMigration } from '../../../gateways/store/migrations/steered.js';
import { addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { runningVerification } from '../../../gateways/store/proof/verifications.js';
import { type Transaction, transaction } from '../../../gateways/store/sql/transaction.js';
import { Problem } from '../../http/problems.js';
import type { ApiKind, SteeringName } from '../kind.js';
import type { Asker } from './asker.js';
import { lacks } from './lacks.js';
import { lockedMigration } from './locked-migration.js';

/**
 * Steers a migration and returns its status. Idempotent. Throws Problem 404; 409, also if the kind does not have the call; StoreUnavailable.
 */
export async function steer(
  store: Store,
  kind: ApiKind,
  action: SteeringName,
  key: string,
  asker: Asker,
): Promise<string> {
  if (action !== 'retry' && action !== 'undo') return setFlag(store, kind, action, key, asker);
  const hook = kind.steered[action];
  if (hook === undefined) throw await lacks(kind, key, action);
  return transaction(store.control, action, async (tx) => {
    // A retry also starts a migration that was never started.
    if (action === 'undo') await lockStarted(tx, kind, action, key);
    else await lockedMigration(tx, kind, key);
    await audit(tx, { kind: kind.name, subject: key }, action, asker);
    return hook(tx, key, asker);
  });
}

type FlagAction = Exclude<SteeringName, 'retry' | 'undo'>;

/**
 * Pauses, resumes or cancels a migration and a running verification: it writes the flag that lanes check, the audit entry and the workflows'
 * messages in one transaction. A second call keeps the time of the first. Once all is migrated, only a verification can be steered: a
 * cancelled one has failed, keeps its findings, and another can be requested; without one, only the audit entry is written. Refuses a migration
 * that was never started.
 */
async function setFlag(
  store: Store,
  kind: ApiKind,
  action: FlagAction,
  key: string,
  asker: Asker,
): Promise<string> {
  return transaction(store.control, 'steer', async (tx) => {
    const { steered } = kind;
    const { migrations, verification } = steered;
    const migration = { kind: kind.name, subject: key };
    const { status, steering: asked } = await lockStarted(tx, kind, action, key);
    const verificationId = verification && (await runningVerification(tx, migration));
    const isDone = steered.isDone(status);
    await audit(tx, migration, action, asker);
    const isResumed = asked.paused !== undefined && action === 'resume';
    if (isDone && verificationId === undefined && !isResumed) return status;
    // If the migration is done, only its verification is cancelled; then nothing is left to pause.
    const isVerificationsAlone = isDone && action === 'cancel';
    const change = CHANGES[isVerificationsAlone ? 'resume' : action];
    const after = await migrations.steer(tx, key, (state) =>
      change(state, { by: asker.subject, since: asker.at }),
    );
    if (action === 'cancel' && verificationId !== undefined) {
      const message = `The verification of ${kind.subject} ${key} was cancelled by ${asker.subject}.`;
      await verification?.end(tx, verificationId, { type: 'VerificationCancelled', message });
    }
    if (!isVerificationsAlone) await tell(tx, migration, steered.workflowId(key), action, asker);
    if (verificationId !== undefined && verification !== undefined)
      await tell(tx, migration, verification.workflowId(key), action, asker);
    return after;
  });
}

const CHANGES = {
  pause: steering.paused,
  resume: steering.resumed,
  cancel: steering.cancelled,
} satisfies Record<
  FlagAction,
  (state: steering.SteeringState, asked: steering.Steered) => steering.SteeringState
>;

function tell(
  tx: Transaction,
  migration: MigrationRef,
  workflowId: string,
  action: FlagAction,
  { subject: by, at }: Asker,
): Promise<void> {
  return addWorkflowMessage(tx, { migration, workflowId, signal: SIGNALS[action], payload: { by, at } });
}

function audit(tx: Transaction, migration: MigrationRef, action: AuditedAction, asker: Asker): Promise<void> {
  return addAuditEntry(tx, { migration, action, ...asker.asActor });
}

async function lockStarted(
  tx: Transaction,
  kind: ApiKind,
  action: SteeringName,
  key: string,
): Promise<LockedMigration> {
  const locked = await lockedMigration(tx, kind, key);
  if (locked.steering.resetting !== undefined) {
    throw new Problem(
      'conflict',
      `There is nothing to ${action} yet: the ${kind.subject} is being reset. The migration starts again after that.`,
    );
  }
  if (locked.steering.startedAt === undefined) {
    throw new Problem('conflict', `There is nothing to ${action}: the migration has not been started.`);
  }
  return locked;
}
