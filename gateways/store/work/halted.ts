import { IS_HALTED } from '../migrations/migrations.js';

/** SQL: whether the migration of the unit with this id is paused or cancelled. */
export const isHalted = (unitId: string): string => `(
  SELECT ${IS_HALTED} FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id WHERE u.id = ${unitId})`;
