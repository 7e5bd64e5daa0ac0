export { BrandMigrationWorkflow } from './conversations/brand-migration.js';
export { MigrationWorkflow } from './conversations/migration.js';
export { NumberPortingWorkflow } from './conversations/number-porting.js';
export { VerificationWorkflow } from './conversations/verification.js';
export { AttachmentsWorkflow } from './operations/attachments.js';
export { QuarantineRetryWorkflow } from './operations/quarantine.js';
export { ReportWorkflow } from './operations/report.js';
export { ResetWorkflow } from './operations/reset.js';
