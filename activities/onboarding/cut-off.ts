import type { OnboardingDatabase } from '../../gateways/onboarding/database.js';
import { countOwn, ownAfter } from '../../gateways/onboarding/log.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { type RequestState, readRequest } from '../../gateways/store/onboarding/requests.js';
import { addResults, usersWithResult } from '../../gateways/store/onboarding/results.js';
import { transaction } from '../../gateways/store/sql/transaction.js';

const PAGE = 500;

/**
 * Adds the results of users whose batch was interrupted between its commit in the product's database and the results here. A retried batch leaves
 * them out if users are found by their legacy status, which these no longer have. Throws TargetUnavailable, StoreUnavailable.
 */
export async function addCutOff(
  { store, database }: { readonly store: Store; readonly database: OnboardingDatabase },
  migrationId: string,
  { action, dryRun }: Pick<RequestState, 'action' | 'dryRun'>,
): Promise<void> {
  if (dryRun) return;
  const outcome = action === 'migrate' ? 'completed' : 'rolled_back';
  const counted = (await readRequest(store.pool, migrationId))?.counts.migrated;
  if ((await countOwn(database, migrationId, outcome)) === counted) return;
  for (let after: string | null = null; ;) {
    const page = await ownAfter(database, migrationId, outcome, { after, limit: PAGE });
    const ids = page.map(({ user_id: id }) => id);
    const done = await usersWithResult(store.pool, migrationId, ids);
    const missing = page.filter(({ user_id: id }) => !done.has(id));
    await transaction(store.control, 'add-cut-off-results', (tx) => addResults(tx, migrationId, missing));
    if (page.length < PAGE) return;
    after = ids.at(-1) ?? null;
  }
}
