import { answer, api } from '../api/client.js';
import type { WebKind } from '../kinds.js';

/** The view of this kind; the API checks what it answers against the same names. */
interface Users {
  readonly action: 'migrate' | 'rollback';
  readonly dry_run: boolean;
  readonly migrated_users: number;
  readonly failed_users: number;
  readonly skipped_users: number;
}

/** Users who are migrated or rolled back; who failed has the reason as its part. */
export const onboarding: WebKind = {
  items: 'users',
  part: 'reason',
  actions: [],
  tabs: [],
  outcome(view) {
    const { action, dry_run, migrated_users, failed_users, skipped_users } = view as unknown as Users;
    const migrated = dry_run ? 'users that would be migrated' : 'users migrated';
    return [
      { what: action === 'rollback' ? 'users rolled back' : migrated, count: migrated_users },
      { what: 'failed', count: failed_users, isBad: true },
      { what: 'skipped', count: skipped_users },
    ];
  },
  remedy: ({ key }) => ({
    name: 'Retry all failed users',
    call: () =>
      answer(
        api.POST('/v2/kinds/{kind}/migrations/{key}/retry', {
          params: { path: { kind: 'onboarding', key } },
        }),
      ),
  }),
};
