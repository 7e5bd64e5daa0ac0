import type { Failure } from '../../domain/failures.js';
import type { AccountStatus } from '../../domain/statuses.js';
import type { ConversationsClient } from '../../gateways/conversations/client.js';
import { type AccountView, fillInAccount, readAccountView } from '../../gateways/store/accounts.js';
import type { Store } from '../../gateways/store/connect.js';
import { unknownAccount } from '../problems.js';
import { askForPayload, askWhatIsWrong, promptly, whatIsWrong } from './ask-conversations.js';

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
  // Why a payload is impossible is told by the start; here the account is shown without brands.
  const { payload } = await askForPayload(sources.conversations, source);
  await fillInAccount(sources.store, source, payload);
  const filledIn = await readAccountView(sources.store, accountId);
  if (filledIn === undefined) throw unknownAccount();
  return filledIn;
}

interface Met {
  readonly status: AccountStatus;
  /** Of one that was new here and cannot be migrated: why. */
  readonly wrong?: Failure | undefined;
}

/**
 * Makes an account that has no status here known, with its brands where Conversations tells of them soon. Does nothing for any other.
 * Throws Problem 404 when Conversations does not know it; what Conversations throws when it cannot be asked.
 */
export async function meetAccount({ store, conversations }: AccountSources, accountId: string): Promise<Met> {
  const held = await readAccountView(store, accountId);
  if (held !== undefined && held.migration_status !== 'none') return { status: held.migration_status };
  const source = await conversations.getAccount(accountId);
  if (source === undefined) throw unknownAccount();
  const answer = await promptly(askForPayload(conversations, source));
  await fillInAccount(store, source, answer?.payload);
  return { status: 'none', wrong: whatIsWrong(source, answer) };
}

/** Where nothing has been brought yet, or something was refused before. */
const MAY_BE_IMPOSSIBLE: ReadonlySet<AccountStatus> = new Set(['pending', 'brand-failure']);

/**
 * Meets an account that is to be started, and answers what makes its migration impossible. Undefined where nothing does, or
 * Conversations does not say so in time: then the work finds out. Throws as `meetAccount`; Problem 404 also for an account that is known
 * here and no longer at Conversations.
 */
export async function meetToStart(sources: AccountSources, accountId: string): Promise<Failure | undefined> {
  const { status, wrong } = await meetAccount(sources, accountId);
  return MAY_BE_IMPOSSIBLE.has(status) ? promptly(askWhatIsWrong(sources.conversations, accountId)) : wrong;
}
