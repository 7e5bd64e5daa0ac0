import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../domain/engine/clock.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import { ONBOARDING, workflowId } from '../../../domain/onboarding/names.js';
import { DEFAULT_BATCH_SIZE, type OnboardingRequest } from '../../../domain/onboarding/requests.js';
import { countLegacyUsers } from '../../../gateways/onboarding/legacy-users.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import { addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import { addRequest, readRequest } from '../../../gateways/store/onboarding/requests.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Asker } from '../../engine/operations/asker.js';
import type { OnboardingStores } from '../stores.js';

export type Selection = Pick<OnboardingRequest, 'action'> &
  Partial<Pick<OnboardingRequest, 'userIds' | 'batchSize' | 'dryRun' | 'force'>>;

export interface Started {
  readonly migration_id: string;
  readonly total_users: number;
}

/**
 * Records the request and its message to Temporal in one transaction. The work runs in the background, and waits while a system is down. Throws
 * StoreUnavailable; TargetUnavailable if all users must be counted.
 */
export async function start(
  store: Store,
  { database }: OnboardingStores,
  { action, userIds: named, batchSize = DEFAULT_BATCH_SIZE, dryRun = false, force = false }: Selection,
  asker: Asker,
): Promise<Started> {
  const userIds = named && [...new Set(named.map((id) => id.toLowerCase()))];
  const totalUsers = userIds?.length ?? (await countLegacyUsers(database));
  const migrationId = randomUUID();
  const migration = { kind: ONBOARDING, subject: migrationId };
  const { subject: by, at } = asker;
  await transaction(store.control, 'start-onboarding', async (tx) => {
    await addRequest(tx, { migrationId, action, userIds, batchSize, dryRun, force }, totalUsers, by);
    const details = { users: totalUsers, dry_run: dryRun, force };
    await addAuditEntry(tx, {
      migration,
      action: action === 'migrate' ? 'start' : 'undo',
      details,
      ...asker.asActor,
    });
    await addWorkflowMessage(tx, {
      migration,
      workflowId: workflowId(migrationId),
      signal: SIGNALS.start,
      payload: { by, at },
    });
  });
  return { migration_id: migrationId, total_users: totalUsers };
}

const FIRST_LOOK_MS = 10;
const MOST_BETWEEN_LOOKS_MS = 250;

/** Whether the migration has ended within so many milliseconds. */
export async function hasEnded(
  store: Store,
  clock: Clock,
  migrationId: string,
  ms: number,
): Promise<boolean> {
  const until = clock.elapsed() + ms;
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 1.5, MOST_BETWEEN_LOOKS_MS)) {
    const state = await readRequest(store.pool, migrationId);
    if (state !== undefined && state.status !== 'running') return true;
    const left = until - clock.elapsed();
    if (left <= 0) return false;
    await clock.sleep(Math.min(pause, left));
  }
}
