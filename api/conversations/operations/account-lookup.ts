import type { Failure } from '../../../domain/engine/failures/failures.js';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import {
  type AccountView,
  readAccountStatuses,
  readAccountView,
} from '../../../gateways/store/conversations/account/accounts.js';
import { type NewAccount, fillInAccount } from '../../../gateways/store/conversations/account/fill-in.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { unknownAccount } from '../../http/problems.js';
import type { BoundedConversations } from './bounded-conversations.js';
import { fetchPayload, askForMigrationBlocker, promptly, findMigrationBlocker } from './ask-conversations.js';

export interface AccountSources {
  readonly store: Store;
  readonly conversations: BoundedConversations;
}

/**
 * Reads the account from the store; one without a status is first fetched from Conversations and added. Throws Problem 404 if neither knows it;
 * throws as Conversations' client or the store do if they cannot be reached.
 */
export async function viewAccount(sources: AccountSources, accountId: string): Promise<AccountView> {
  const held = await readAccountView(sources.store, accountId);
  if (held !== undefined && held.migration_status !== 'none') return held;
  const source = await sources.conversations.getAccount(accountId);
  if (source === undefined) {
    if (held === undefined) throw unknownAccount();
    return held;
  }
  // A start reports why a payload is invalid; here the account is shown without brands.
  const { payload } = await fetchPayload(sources.conversations, source);
  await fillInAccount(sources.store, source, payload);
  const filledIn = await readAccountView(sources.store, accountId);
  if (filledIn === undefined) throw unknownAccount();
  return filledIn;
}

/**
 * Adds an account that has no status yet, with its brands if Conversations answers in time. Does nothing for any other account. Throws Problem 404
 * if Conversations does not know it; throws as the client does if Conversations cannot be reached.
 */
export async function addIfUnknown(sources: AccountSources, accountId: string): Promise<void> {
  const { newAccount } = await lookUpForStart(sources, accountId, statusIn(sources.store));
  if (newAccount !== undefined) await fillInAccount(sources.store, newAccount.source, newAccount.payload);
}

export interface StartLookup {
  /** The account to add, if the store does not have it yet. */
  readonly newAccount?: NewAccount;
  /** What makes the migration impossible. Undefined if nothing does, or if Conversations does not answer in time; then the workflow finds out. */
  readonly blocker?: Failure | undefined;
}

/** Statuses in which nothing has been imported yet, or a start was refused before. */
const MAY_BE_IMPOSSIBLE: ReadonlySet<AccountStatus> = new Set(['pending', 'brand-failure']);

/**
 * Looks up an account that is to be started; writes nothing. Throws Problem 404 for an account that Conversations does not know, even if the store
 * does; throws as the client does if the account is new and Conversations cannot be reached.
 */
export async function lookUpForStart(
  { conversations }: AccountSources,
  accountId: string,
  statusOf: (accountId: string) => Promise<AccountStatus | undefined>,
): Promise<StartLookup> {
  const status = (await statusOf(accountId)) ?? 'none';
  if (status !== 'none') {
    if (!MAY_BE_IMPOSSIBLE.has(status)) return {};
    return { blocker: await promptly(conversations, () => askForMigrationBlocker(conversations, accountId)) };
  }
  const source = await conversations.getAccount(accountId);
  if (source === undefined) throw unknownAccount();
  const answer = await promptly(conversations, () => fetchPayload(conversations, source));
  return { newAccount: { source, payload: answer?.payload }, blocker: findMigrationBlocker(source, answer) };
}

/** Reads the status of one account a statement; callers of `StartQueue` batch theirs. */
function statusIn(store: Store): (accountId: string) => Promise<AccountStatus | undefined> {
  return async (accountId) => (await readAccountStatuses(store, [accountId])).get(accountId);
}
