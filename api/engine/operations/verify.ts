import type { SteeringState } from '../../../domain/engine/steering.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import { addWorkflowMessage, wasJustSent } from '../../../gateways/store/migrations/workflow-messages.js';
import { requestVerification } from '../../../gateways/store/proof/verifications.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { Problem } from '../../http/problems.js';
import type { ApiKind } from '../kind.js';
import type { Asker } from './asker.js';
import { lacks } from './lacks.js';
import { lockedMigration } from './locked-migration.js';

export interface VerificationAsked {
  readonly state: 'running';
  readonly repair: boolean;
}

/** Repeated requests within this time send no message, so that they fill no history; after it, a run that was ended from outside is restarted. */
const REPEATED_AFTER_SECONDS = 10;

/**
 * Begins a verification: it writes the verification, the audit entry and the workflow's message in one transaction. While one runs, paused or not,
 * a second call finds that one. Throws Problem 404; 409 while there is more to migrate, while the migration is paused or cancelled, for a repair
 * while one without repair runs, and for a kind without verification; StoreUnavailable.
 */
export async function verify(
  store: Store,
  kind: ApiKind,
  key: string,
  repair: boolean,
  asker: Asker,
): Promise<VerificationAsked> {
  const { verification } = kind.steered;
  if (verification === undefined) throw await lacks(kind, key, 'verify');
  return transaction(store.control, 'verify', async (tx) => {
    const migration = { kind: kind.name, subject: key };
    const locked = await lockedMigration(tx, kind, key);
    const { id, begun, ...asked } = await requestVerification(tx, migration, {
      repair,
      by: asker.subject,
    });
    if (begun) assertVerifiable(kind.subject, locked.steering, verification.refusal(locked.status));
    if (repair && !asked.repair) {
      throw new Problem(
        'conflict',
        'A verification without repair is under way. Request the repair once it has ended; GET the migration shows when.',
      );
    }
    const message = {
      migration,
      workflowId: verification.workflowId(key),
      signal: 'verify' as const,
      payload: { by: asker.subject, at: asker.at, verificationId: id, begun },
    };
    await addAuditEntry(tx, { migration, action: repair ? 'repair' : 'verify', ...asker.asActor });
    if (begun || !(await wasJustSent(tx, message, REPEATED_AFTER_SECONDS)))
      await addWorkflowMessage(tx, message);
    return { state: 'running', repair: asked.repair };
  });
}

function assertVerifiable(subject: string, steering: SteeringState, ofStatus: string | undefined): void {
  const refusal = refusalOf(subject, steering) ?? ofStatus;
  if (refusal !== undefined) throw new Problem('conflict', refusal);
}

function refusalOf(subject: string, { resetting, startedAt, paused, cancelled }: SteeringState) {
  if (resetting !== undefined) return `The ${subject} is being reset: there is nothing to verify.`;
  if (startedAt === undefined) return 'There is nothing to verify: the migration has not been started.';
  if (paused !== undefined) return 'The migration is paused. Resume it, then verify.';
  if (cancelled !== undefined) return 'The migration is cancelled. Start it again, then verify.';
  return undefined;
}
