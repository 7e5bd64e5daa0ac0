import type { BrandStatus } from '../../../../domain/conversations/statuses.js';
import type { Transaction } from '../../sql/transaction.js';
import { completePhase } from '../../work/plans.js';
import type { ImportedBrand } from '../import/brand.js';
import { importPhase } from '../import/phases.js';
import { accountLock } from '../following/account-lock.js';
import { forgetFollowed } from '../following/followed-keys.js';
import { setBrandStatus } from '../status/statuses.js';
import type { CheckedPhase } from './compared.js';

const STATUS_AFTER = {
  recent: 'recent-messages-migrated',
  remaining: 'all-messages-migrated',
} as const satisfies Record<string, BrandStatus>;

/** Completes an import's phase that was found equal and updates the brand's status, in the caller's transaction. Idempotent. */
export async function completeImport(
  tx: Transaction,
  brand: ImportedBrand,
  phase: keyof typeof STATUS_AFTER,
  checked: CheckedPhase,
): Promise<void> {
  await tx.query(accountLock('shared', brand.accountId));
  // Before the phase, because it locks the account.
  await setBrandStatus(
    tx,
    { accountId: brand.accountSourceId, brandId: brand.sourceId },
    STATUS_AFTER[phase],
  );
  await completePhase(tx, importPhase(brand, phase), checked);
  await forgetFollowed(tx, brand.accountSourceId, brand.id);
}
