import type { Clock } from '../../../domain/engine/clock.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { readMigration } from '../../../gateways/store/conversations/status/migrations-view.js';
import { unknownAccount } from '../../http/problems.js';
import { ProgressRate } from '../../progress-rate.js';
import type { MigrationView } from '../schemas/migrations.js';
import { type Links, migrationView } from './migration-view.js';

/** Reads the operators' view. Throws Problem 404; StoreUnavailable. */
export type MigrationReader = (accountId: string) => Promise<MigrationView>;

export function migrationReader(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  links: Links,
): MigrationReader {
  const rates = new ProgressRate(clock);
  return async (accountId) => {
    const facts = await readMigration(store, accountId);
    if (facts === undefined) throw unknownAccount();
    return migrationView(facts, rates, links);
  };
}
