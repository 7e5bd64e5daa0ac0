import type { ConversationsActivities } from '../../../activities/conversations/types.js';
import type { EngineActivities } from '../../../activities/engine/types.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import type { NumberPortingInput } from '../../../domain/conversations/messages.js';
import type { OperationInput } from '../../../domain/conversations/operations.js';
import type { MigrationInput, UnitInput } from '../../../domain/engine/runs.js';
import type { VerificationInput } from '../../../domain/engine/verification.js';
import type { OnboardingInput } from '../../../workflows/onboarding/migration.js';
import { ActivityProxies } from '../../../workflows/engine/activities.js';

/** Workflows as a careless change would leave them: each begins with something else than the released ones did. */

const callsOf = (accountId: string) =>
  new ActivityProxies<ConversationsActivities & EngineActivities>(accountId).with('call', 'Something else');

export async function MigrationWorkflow({ subject: accountId }: MigrationInput): Promise<void> {
  await callsOf(accountId).recordCancellation({ ...migrationOf(accountId), by: 'nobody' });
}

export async function BrandMigrationWorkflow({
  subject: accountId,
  unit: brandId,
}: UnitInput): Promise<void> {
  await callsOf(accountId).fetchAttachments({ accountId, brandId });
}

async function somethingElse({ accountId }: OperationInput): Promise<void> {
  await callsOf(accountId).prepareMigration(migrationOf(accountId));
}

export const NumberPortingWorkflow = (input: NumberPortingInput) => somethingElse(input);
export const VerificationWorkflow = ({ subject }: VerificationInput) => somethingElse({ accountId: subject });
export const InboxMigrationWorkflow = MigrationWorkflow;
export const InboxMoveWorkflow = ({ subject }: UnitInput) => somethingElse({ accountId: subject });
export const InboxVerificationWorkflow = VerificationWorkflow;
export const PreflightWorkflow = somethingElse;
export const ResetWorkflow = somethingElse;
export const QuarantineRetryWorkflow = somethingElse;
export const AttachmentsWorkflow = somethingElse;
export const FollowWorkflow = () => somethingElse({ accountId: 'nobody' });
export const ReportWorkflow = () => somethingElse({ accountId: 'nobody' });
export const OnboardingMigrationWorkflow = ({ subject }: OnboardingInput) =>
  somethingElse({ accountId: subject });
