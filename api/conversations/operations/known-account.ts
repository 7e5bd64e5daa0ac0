import type { Store } from '../../../gateways/store/sql/connect.js';
import { accountRowId } from '../../../gateways/store/conversations/reset/reset.js';
import { unknownAccount } from '../../http/problems.js';

/** Distinguishes a known account with an empty list from an unknown one. Throws Problem 404; StoreUnavailable. */
export async function assertKnownAccount(store: Store, accountId: string): Promise<void> {
  if ((await accountRowId(store, accountId)) === undefined) throw unknownAccount();
}
