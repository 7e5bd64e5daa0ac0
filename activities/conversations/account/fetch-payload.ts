import { mustBeMigratable, mustBeOpen } from '../../../domain/conversations/migratable.js';
import type { MigrationPayload } from '../../../domain/conversations/payload.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { CallDependencies } from './call-dependencies.js';

/** Returns a payload that can be migrated. Throws CarryoverError; a final one names the fault in the account or its payload. */
export async function fetchPayload(
  deps: Pick<CallDependencies, 'conversations'>,
  accountId: string,
): Promise<MigrationPayload> {
  const account = await deps.conversations.getAccount(accountId);
  if (!account) throw unknown(accountId);
  mustBeOpen(account);
  const payload = await deps.conversations.getMigrationPayload(accountId);
  if (!payload) throw unknown(accountId);
  mustBeMigratable(payload);
  return payload;
}

function unknown(accountId: string): CarryoverError {
  return new CarryoverError('AccountUnknown', `Conversations has no account ${accountId}.`);
}
