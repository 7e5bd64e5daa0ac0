import { migrationOf } from '../../domain/conversations/migration.js';
import type { RetriesOf } from '../engine/retries/retries.js';
import { textsOf } from '../engine/retries/scope.js';
import type { ConversationsActivities } from './types.js';

/** Activities whose workflow notices the end of their retries, by their result or its own failure. */
const SIGNALLED: ReadonlySet<string> = new Set<keyof ConversationsActivities>([
  'provisionBrand',
  'fetchAttachments',
]);

export const conversationsRetries: RetriesOf = {
  isSignalled: (activity) => SIGNALLED.has(activity),
  scopeOf(input) {
    const { accountId, brandId, channelId } = textsOf(input);
    if (accountId === undefined) return undefined;
    return { migration: migrationOf(accountId), unit: brandId, item: channelId, phase: undefined };
  },
};
