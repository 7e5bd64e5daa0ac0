import { CONVERSATIONS } from '../../../domain/conversations/migration.js';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { readStandings } from '../../../gateways/store/conversations/status/standings.js';
import { listMigrations } from '../../../gateways/store/migrations/migrations-list.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ListFilter, ListedMigration } from '../../engine/kind.js';
import { phaseOf } from './migration-view.js';
import { progressView } from './progress-view.js';

/** Lists accounts with the progress of their messages. Throws StoreUnavailable. */
export async function listWithProgress(store: Store, filter: ListFilter): Promise<ListedMigration[]> {
  const listed = await listMigrations(store.pool, CONVERSATIONS, filter);
  const standings = await readStandings(
    store.pool,
    listed.map(({ key }) => key),
  );
  return listed.map(({ key, name, status, changedAt, steering }) => {
    const { brands = [], needsAttention = false } = standings.get(key) ?? {};
    const { done, planned } = progressView(
      brands.flatMap(({ phases }) => phases.map(({ messages }) => messages)),
    );
    const phase = phaseOf(status as AccountStatus, brands);
    const { paused = null } = steering;
    return { key, name, status, phase, progress: { done, planned }, paused, needsAttention, changedAt };
  });
}
