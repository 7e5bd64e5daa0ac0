import type { Clock } from '../../domain/engine/clock.js';
import { migrationWorkflowId, verificationWorkflowId } from '../../domain/conversations/ids.js';
import { STEERED_ACCOUNTS } from '../../gateways/store/conversations/status/steered-accounts.js';
import { endVerification } from '../../gateways/store/conversations/verify/verifications.js';
import type { SteeredKind, SteeredVerification } from '../engine/steered-kind.js';
import { unknownAccount } from '../http/problems.js';
import { retryOf } from './operations/retry.js';

/** What steering needs from the migrations of accounts. */
export function steeredAccounts(clock: Clock): SteeredKind {
  return {
    migrations: STEERED_ACCOUNTS,
    workflowId: migrationWorkflowId,
    isDone: (status) => status === 'all-messages-migrated',
    unknown: unknownAccount,
    verification: VERIFICATION,
    retry: retryOf(clock),
  };
}

const VERIFICATION: SteeredVerification = {
  workflowId: verificationWorkflowId,
  // All messages are migrated, or something has failed that a verification may explain.
  refusal: (status) =>
    status === 'all-messages-migrated' || status.endsWith('-failure')
      ? undefined
      : 'Messages are still being imported. Verify after that; each phase is also checked at its end.',
  end: endVerification,
};
