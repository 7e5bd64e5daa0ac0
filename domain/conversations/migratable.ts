import { CarryoverError } from '../engine/failures.js';
import type { MigrationPayload, SourceAccount } from './payload.js';

/** What a bucket can be called, so that nothing else is asked for by its name. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Throws AccountClosed. */
export function mustBeOpen({ account_id: accountId, status }: SourceAccount): void {
  if (status === 'closed') {
    throw new CarryoverError('AccountClosed', `Account ${accountId} is closed in Conversations.`);
  }
}

/** Throws PayloadImpossible for a payload that is as the contract says and yet gives nothing that can be migrated. */
export function mustBeMigratable({ account, brands, messages }: MigrationPayload): void {
  const what = `The migration payload of account ${account.account_id}`;
  if (brands.length === 0) throw new CarryoverError('PayloadImpossible', `${what} has no brands.`);
  if (messages.kind === 's3' && !BUCKET.test(messages.bucket)) {
    throw new CarryoverError(
      'PayloadImpossible',
      `${what} names a bucket for its messages that cannot exist.`,
    );
  }
}
