import type { Failure } from '../../../domain/engine/failures.js';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import {
  type AccountView,
  readAccountStatuses,
  readAccountView,
} from '../../../gateways/store/conversations/account/accounts.js';
import { type NewAccount, fillInAccount } from '../../../gateways/store/conversations/account/fill-in.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { unknownAccount } from '../../problems.js';
import type { BoundedConversations } from './bounded-conversations.js';
import { fetchPayload, askWhatIsWrong, promptly, whatIsWrong } from './ask-conversations.js';

export interface AccountSources {
  readonly store: Store;
  readonly conversations: BoundedConversations;
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
  // Why a payload is impossible is told by the start; here the account is shown without brands.
  const { payload } = await fetchPayload(sources.conversations, source);
  await fillInAccount(sources.store, source, payload);
  const filledIn = await readAccountView(sources.store, accountId);
  if (filledIn === undefined) throw unknownAccount();
  return filledIn;
}

/**
 * Makes an account that has no status here known, with its brands where Conversations tells of them soon. Does nothing for any other.
 * Throws Problem 404 when Conversations does not know it; what Conversations throws when it cannot be asked.
 */
export async function meetAccount(sources: AccountSources, accountId: string): Promise<void> {
  const { met } = await meetToStart(sources, accountId, statusIn(sources.store));
  if (met !== undefined) await fillInAccount(sources.store, met.source, met.payload);
}

export interface MetToStart {
  /** Of an account that is new here: what is to be filled in. */
  readonly met?: NewAccount;
  /** What makes its migration impossible. Undefined where nothing does, or Conversations does not say so in time: then the work finds out. */
  readonly wrong?: Failure | undefined;
}

/** Where nothing has been brought yet, or something was refused before. */
const MAY_BE_IMPOSSIBLE: ReadonlySet<AccountStatus> = new Set(['pending', 'brand-failure']);

/**
 * Finds out about an account that is to be started; writes nothing. Throws Problem 404 for one that Conversations does not know, also when it
 * is known here; what Conversations throws when it cannot be asked about one that is new here.
 */
export async function meetToStart(
  { conversations }: AccountSources,
  accountId: string,
  statusOf: (accountId: string) => Promise<AccountStatus | undefined>,
): Promise<MetToStart> {
  const status = (await statusOf(accountId)) ?? 'none';
  if (status !== 'none') {
    if (!MAY_BE_IMPOSSIBLE.has(status)) return {};
    return { wrong: await promptly(conversations, () => askWhatIsWrong(conversations, accountId)) };
  }
  const source = await conversations.getAccount(accountId);
  if (source === undefined) throw unknownAccount();
  const answer = await promptly(conversations, () => fetchPayload(conversations, source));
  return { met: { source, payload: answer?.payload }, wrong: whatIsWrong(source, answer) };
}

/** Looks at one account after the other in as many statements; those of many together are for `StartQueue`'s callers. */
function statusIn(store: Store): (accountId: string) => Promise<AccountStatus | undefined> {
  return async (accountId) => (await readAccountStatuses(store, [accountId])).get(accountId);
}
