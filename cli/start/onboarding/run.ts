import type { ApiClient } from '../../engine/api/client.js';
import { count } from '../../engine/terminal/words.js';
import type { Means } from '../bring-up.js';
import type { Say } from '../steps.js';

const ROOT = '/api/v1/onboarding/migration';
const LOOK_MS = 200;

export interface MigrationOfUsers {
  readonly migration_id: string;
  readonly status: 'running' | 'paused' | 'cancelled' | 'completed';
  readonly total_users: number;
  readonly migrated_users: number;
  readonly failed_users: number;
  readonly skipped_users: number;
  readonly processing_time_ms: number;
}

/** Requests a migration or a rollback, and shows its progress until it ends. */
export async function runToEnd(
  api: ApiClient,
  { clock, closing: { signal } }: Pick<Means, 'clock' | 'closing'>,
  asked: { readonly path: string; readonly body: object },
  say: Say,
): Promise<MigrationOfUsers> {
  const { migration_id: id } = await api.post<{ migration_id: string }>(asked.path, asked.body);
  for (;;) {
    const view = await api.get<MigrationOfUsers>(`${ROOT}/migrations/${id}`, { limit: '1' });
    const done = view.migrated_users + view.failed_users + view.skipped_users;
    say(`${count(done)} of ${count(view.total_users)} users`, done / Math.max(view.total_users, 1));
    if (view.status === 'completed' || view.status === 'cancelled') return view;
    await clock.sleep(LOOK_MS, { signal });
  }
}

interface FailedPage {
  readonly results: readonly { readonly error: { readonly type: string } | null }[];
  readonly next_cursor: string | null;
}

/** The types of all failures. */
export async function failuresOf(api: ApiClient, id: string): Promise<string[]> {
  const types: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await api.get<FailedPage>(`${ROOT}/migrations/${id}`, {
      only: 'failed',
      limit: '100',
      cursor,
    });
    types.push(...page.results.flatMap(({ error }) => error?.type ?? []));
    if (page.next_cursor === null) return types;
    cursor = page.next_cursor;
  }
}
