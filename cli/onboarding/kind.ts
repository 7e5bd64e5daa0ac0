import { ONBOARDING } from '../../domain/onboarding/names.js';
import { STATUSES } from '../../domain/onboarding/requests.js';
import { callsOf, type CliKind, type MigrationEnd } from '../engine/kind.js';
import { print } from '../engine/terminal/terminal.js';
import { addOnboarding } from './commands.js';

/** The answer of `GET /v2/kinds/onboarding/migrations/{key}`. */
export interface OnboardingView {
  readonly migration_id: string;
  readonly action: 'migrate' | 'rollback';
  readonly status: 'running' | 'paused' | 'cancelled' | 'completed';
  readonly total_users: number;
  readonly migrated_users: number;
  readonly failed_users: number;
  readonly skipped_users: number;
}

export function lineOf(view: OnboardingView): string {
  const done = view.action === 'rollback' ? 'rolled back' : 'migrated';
  return `${view.status}: ${view.migrated_users} of ${view.total_users} users ${done}, ${view.failed_users} failed, ${view.skipped_users} skipped`;
}

function endOf({ status, failed_users: failed }: OnboardingView): MigrationEnd | undefined {
  if (status === 'running' || status === 'paused') return undefined;
  if (status === 'cancelled') return { how: 'failed', words: 'It was cancelled.' };
  return failed === 0
    ? { how: 'fine', words: 'It is completed.' }
    : { how: 'attention', words: `It is completed; ${failed} users failed.` };
}

/** Migrations and rollbacks of users: a key is a migration's id. */
export const onboardingKind: CliKind<OnboardingView> = {
  name: ONBOARDING,
  subject: 'migration',
  statuses: STATUSES,
  failureKinds: ['users'],
  calls: callsOf(ONBOARDING, ['pause', 'resume', 'cancel', 'retry']),
  show: async (view, { out }) => print(out, `Migration ${view.migration_id} is ${lineOf(view)}.`),
  watching: async () => ({
    openDisplay({ out }) {
      let last = '';
      return {
        update(view) {
          const line = lineOf(view);
          if (line !== last) print(out, line);
          last = line;
        },
        end: () => undefined,
      };
    },
    endOf,
  }),
  addCommands: (line) => addOnboarding(line, onboardingKind),
};
