import { CarryoverError } from '../engine/failures/failures.js';
import type { MigrationPayload, SourceAccount } from './payload.js';

/** Valid bucket names, so that a name cannot address anything else. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Throws AccountClosed. */
export function mustBeOpen({ account_id: accountId, status }: SourceAccount): void {
  if (status === 'closed') {
    throw new CarryoverError('AccountClosed', `Account ${accountId} is closed in Conversations.`);
  }
}

/** Throws PayloadImpossible for a valid payload with nothing that can be migrated. */
export function mustBeMigratable({ account, brands, messages }: MigrationPayload): void {
  const what = `The migration payload of account ${account.account_id}`;
  if (brands.length === 0) throw new CarryoverError('PayloadImpossible', `${what} has no brands.`);
  if (messages.kind === 's3' && !BUCKET.test(messages.bucket)) {
    throw new CarryoverError(
      'PayloadImpossible',
      `${what} names a bucket for its messages that is not a valid bucket name.`,
    );
  }
}
