import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import { settleAndCheck } from '../../../gateways/store/conversations/check/check.js';
import { differencesOf } from '../../../gateways/store/conversations/check/compared.js';
import { importPhase } from '../../../gateways/store/conversations/import/phases.js';
import { renewCertificate } from '../../../gateways/store/conversations/certify/certify.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { completePhase } from '../../../gateways/store/work/plans.js';
import { staleChecks } from '../../../gateways/store/conversations/check/stale-checks.js';
import { mustBeEqual } from '../../engine/complete.js';
import { type CodeVersion, runOfActivity } from '../../engine/certified-run.js';

export interface CheckAgainDependencies {
  readonly store: Store;
  readonly code: CodeVersion;
}

/**
 * Repeats the checks that ended an import, and renews the certificate, after records were taken out of quarantine, so that operators see the current
 * figures. Finds the affected brands by comparing the tallies with the checks: a second call after a crash does the rest, and changes nothing when no
 * tally has changed. Throws CheckUnequal.
 */
export async function checkAgain(
  { store, code }: CheckAgainDependencies,
  accountId: string,
  beat: () => void,
): Promise<void> {
  for (const { brandId, phase } of await staleChecks(store.pool, accountId)) {
    const brand = await findBrand(store.pool, { accountId, brandId });
    const checked = await settleAndCheck(store.pool, brand, phase, beat);
    mustBeEqual(
      differencesOf(checked),
      `the retry of quarantined records of brand ${brandId} of account ${accountId}`,
    );
    await transaction(store.control, 'complete-again', (tx) =>
      completePhase(tx, importPhase(brand, phase), checked, { again: true }),
    );
  }
  await transaction(store.control, 'check-again', (tx) =>
    renewCertificate(tx, { accountId, code, workflow: runOfActivity() }),
  );
}
