export { BrandMigrationWorkflow, MigrationWorkflow } from './conversations/migration.js';
export { NumberPortingWorkflow } from './conversations/number-porting.js';
export { VerificationWorkflow } from './conversations/verification.js';
export { AttachmentsWorkflow } from './conversations/attachments-workflow.js';
export { QuarantineRetryWorkflow } from './conversations/quarantine-retry.js';
export { FollowWorkflow } from './conversations/follow.js';
export { ResetWorkflow } from './conversations/reset.js';
export { OnboardingMigrationWorkflow } from './onboarding/migration.js';
export { ReportWorkflow } from './engine/report.js';
