import { alertOfEntry } from '../../domain/engine/alerts/alert.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { isUserFailure, USER_FAILURES } from '../../domain/onboarding/failures.js';
import { ONBOARDING } from '../../domain/onboarding/names.js';
import { type FailedUsers, migrationsWithFailures } from '../../gateways/store/onboarding/failures.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { type AlertSource, refusedAlerts, refusedWords } from '../engine/alert-source.js';

/** Migrations with failed users: one alert for each, not for each user. */
export function onboardingAlerts(pool: Pool, percent: number): AlertSource {
  return {
    flickering: [],
    async find() {
      return [
        ...(await migrationsWithFailures(pool, percent)).map(failedAlert),
        ...(await refusedAlerts(pool, ONBOARDING, refusedWords)),
      ];
    },
  };
}

function failedAlert({ migrationId, failed, done, since, type }: FailedUsers) {
  const step = isUserFailure(type) ? USER_FAILURES[type] : 'The dashboard shows why each of them failed.';
  return alertOfEntry(
    {
      kind: 'users',
      account_id: migrationId,
      brand_id: '',
      what: `${failed} of ${done} users of migration ${migrationId}, most often ${type}`,
      ...{ since: since.toISOString(), times: 1, count: failed },
      next_step: step,
      command: carryoverCommand('retry', '--kind', ONBOARDING, migrationId),
    },
    { id: migrationId, title: 'Migrations of onboarding with users who failed' },
  );
}
