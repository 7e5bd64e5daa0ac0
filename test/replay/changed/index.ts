import type {
  BrandMigrationInput,
  MigrationInput,
  NumberPortingInput,
} from '../../../domain/engine/messages.js';
import { activitiesOf } from '../../../workflows/conversations/activities.js';

/** Workflows as a careless change would leave them: each begins with something else than the released ones did. */

export async function MigrationWorkflow({ accountId }: MigrationInput): Promise<void> {
  await activitiesOf(accountId).recordCancellation({ accountId, by: 'nobody' });
}

export async function BrandMigrationWorkflow({ accountId, brandId }: BrandMigrationInput): Promise<void> {
  await activitiesOf(accountId).fetchAttachments(brandId);
}

export async function NumberPortingWorkflow({ accountId }: NumberPortingInput): Promise<void> {
  await activitiesOf(accountId).prepareAccount();
}

async function somethingElse({ accountId }: MigrationInput): Promise<void> {
  await activitiesOf(accountId).prepareAccount();
}

export const VerificationWorkflow = somethingElse;
export const ResetWorkflow = somethingElse;
export const QuarantineRetryWorkflow = somethingElse;
export const AttachmentsWorkflow = somethingElse;

export async function ReportWorkflow(): Promise<void> {
  await activitiesOf('nobody').prepareAccount();
}
