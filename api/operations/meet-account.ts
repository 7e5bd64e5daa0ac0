import { setTimeout as sleep } from 'node:timers/promises';
import { CarryoverError } from '../../domain/failures.js';
import type { MigrationPayload, SourceAccount } from '../../domain/payload.js';
import type { ConversationsClient } from '../../gateways/conversations/client.js';
import { type AccountView, fillInAccount, readAccountView } from '../../gateways/store/accounts.js';
import type { Store } from '../../gateways/store/connect.js';
import { unknownAccount } from '../problems.js';

export interface AccountSources {
  readonly store: Store;
  readonly conversations: ConversationsClient;
}

/**
 * The account as it is here; one without a status is first asked for at Conversations and filled in. Throws Problem 404 when
 * neither side knows it; what Conversations or the store throw when they cannot be asked.
 */
export async function viewAccount(sources: AccountSources, accountId: string): Promise<AccountView> {
  const held = await readAccountView(sources.store, accountId);
  if (held !== undefined && held.migration_status !== 'none') return held;
  const source = await sources.conversations.getAccount(accountId);
  if (source === undefined) {
    if (held === undefined) throw unknownAccount();
    return held;
  }
  await fillInAccount(sources.store, source, await usablePayload(sources.conversations, accountId));
  const filledIn = await readAccountView(sources.store, accountId);
  if (filledIn === undefined) throw unknownAccount();
  return filledIn;
}

/** An impossible payload gives the account without brands; why it is impossible is told by the start. */
async function usablePayload(
  conversations: ConversationsClient,
  accountId: string,
): Promise<MigrationPayload | undefined> {
  return conversations.getMigrationPayload(accountId).catch((error: unknown) => {
    if (error instanceof CarryoverError && error.type === 'PayloadImpossible') return undefined;
    throw error;
  });
}

/** A start is answered at once: brands are shown with it when Conversations tells of them this soon. */
const PAYLOAD_WAIT_MS = 2_000;

/**
 * Makes an account that has no status here known, because it is to be started. Does nothing for any other. Throws Problem 404
 * when Conversations does not know it; what Conversations throws when it cannot be asked.
 */
export async function meetAccount(sources: AccountSources, accountId: string): Promise<void> {
  const held = await readAccountView(sources.store, accountId);
  if (held !== undefined && held.migration_status !== 'none') return;
  const source = await sources.conversations.getAccount(accountId);
  if (source === undefined) throw unknownAccount();
  await fillInAccount(sources.store, source, await promptPayload(sources.conversations, source));
}

async function promptPayload(
  conversations: ConversationsClient,
  { account_id: accountId }: SourceAccount,
): Promise<MigrationPayload | undefined> {
  const payload = conversations.getMigrationPayload(accountId).catch(() => undefined);
  return Promise.race([payload, sleep(PAYLOAD_WAIT_MS, undefined, { ref: false })]);
}
