export { BrandMigrationWorkflow } from './conversations/brand-migration.js';
export { MigrationWorkflow } from './conversations/migration.js';
export { NumberPortingWorkflow } from './conversations/number-porting.js';
