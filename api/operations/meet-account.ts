import { setTimeout as sleep } from 'node:timers/promises';
import { CarryoverError, FAILURES, type FailureType } from '../../domain/failures.js';
import { mustBeMigratable, mustBeOpen } from '../../domain/migratable.js';
import type { MigrationPayload, SourceAccount } from '../../domain/payload.js';
import type { ConversationsClient } from '../../gateways/conversations/client.js';
import { type AccountView, fillInAccount, readAccountView } from '../../gateways/store/accounts.js';
import type { Store } from '../../gateways/store/connect.js';
import { Problem, unknownAccount } from '../problems.js';

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

/** A start is answered at once: what Conversations does not tell this soon the work finds out. */
const WAIT_MS = 2_000;

/**
 * Makes an account that has no status here known, because it is to be started; and of one that was never started, asks whether
 * it can be migrated at all. Does nothing for any other. Throws Problem 404 when Conversations does not know it, 409 in
 * Conversations' words when it is closed or its payload is impossible: nothing is changed then. Of an account that is new
 * here, what Conversations throws when it cannot be asked.
 */
export async function meetAccount(sources: AccountSources, accountId: string): Promise<void> {
  const held = await readAccountView(sources.store, accountId);
  const status = held?.migration_status ?? 'none';
  if (status === 'pending') {
    await promptly(askWhetherMigratable(sources.conversations, accountId));
  } else if (status === 'none') {
    const source = await sources.conversations.getAccount(accountId);
    if (source === undefined) throw unknownAccount();
    const payload = await promptly(askWhetherMigratable(sources.conversations, accountId, source));
    await fillInAccount(sources.store, source, payload);
  }
}

/** What was answered in time; undefined where nothing was, or nobody could be asked: then the work asks again. */
async function promptly<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  const answer = asked.catch((error: unknown) => {
    if (error instanceof Problem) throw error;
    return undefined;
  });
  return Promise.race([answer, sleep(WAIT_MS, undefined, { ref: false })]);
}

/** The payload of an account that can be migrated. Throws Problem 404, 409. */
async function askWhetherMigratable(
  conversations: ConversationsClient,
  accountId: string,
  known?: SourceAccount,
): Promise<MigrationPayload | undefined> {
  try {
    const account = known ?? (await conversations.getAccount(accountId));
    if (account === undefined) throw unknownAccount();
    mustBeOpen(account);
    const payload = await conversations.getMigrationPayload(accountId);
    if (payload !== undefined) mustBeMigratable(payload);
    return payload;
  } catch (error) {
    if (!(error instanceof CarryoverError) || !IMPOSSIBLE.has(error.type)) throw error;
    throw new Problem('conflict', `${error.message} ${FAILURES[error.type].nextStep}`);
  }
}

const IMPOSSIBLE: ReadonlySet<FailureType> = new Set(['AccountClosed', 'PayloadImpossible']);
