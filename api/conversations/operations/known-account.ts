import type { Store } from '../../../gateways/store/sql/connect.js';
import { accountRowId } from '../../../gateways/store/conversations/reset/reset.js';
import { unknownAccount } from '../../problems.js';

/** Tells an empty list of an account from one of an account that is not there. Throws Problem 404; StoreUnavailable. */
export async function assertKnownAccount(store: Store, accountId: string): Promise<void> {
  if ((await accountRowId(store, accountId)) === undefined) throw unknownAccount();
}
