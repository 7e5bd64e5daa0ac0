/** SQL: whether the migration of the unit with this id is paused or cancelled. */
export const isHalted = (unitId: string): string => `(
  SELECT jsonb_typeof(a.migration -> 'paused') = 'object' OR jsonb_typeof(a.migration -> 'cancelled') = 'object'
  FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id
  JOIN accounts a ON m.kind = 'conversations' AND a.source_id = m.subject
  WHERE u.id = ${unitId})`;
