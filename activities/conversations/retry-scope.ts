import { migrationOf } from '../../domain/conversations/migration.js';
import type { RetryScope } from '../engine/retries.js';

/** Which part of which migration an activity works on, from the ids in its input. */
export function retryScopeOf(input: unknown): RetryScope | undefined {
  const member = (name: string): string | undefined => {
    const value = typeof input === 'object' && input !== null ? Reflect.get(input, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const accountId = member('accountId');
  if (accountId === undefined) return undefined;
  return {
    migration: migrationOf(accountId),
    unit: member('brandId'),
    item: member('channelId'),
    phase: member('phase'),
  };
}
