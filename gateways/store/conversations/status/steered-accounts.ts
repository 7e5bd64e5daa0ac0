import { NOT_STARTED } from '../../../../domain/engine/steering.js';
import type { SteeredMigrations } from '../../migrations/steered.js';
import { readSteered } from './account-migration.js';
import { recordAccountFailure, recordCancellation } from './statuses.js';
import { changeStatuses, lockAccount } from './status-writer.js';

/** The requested state of accounts' migrations, which the status document also reflects. */
export const STEERED_ACCOUNTS: SteeredMigrations = {
  async lock(tx, accountId) {
    if ((await lockAccount(tx, accountId)) === undefined) return undefined;
    const { migration, steering = NOT_STARTED } = (await readSteered(tx, accountId)) ?? {};
    return { status: migration?.status ?? 'none', steering };
  },
  async steer(tx, accountId, change) {
    const changed = await changeStatuses(
      tx,
      accountId,
      (draft) => {
        draft.steering = change(draft.steering);
      },
      {},
      'account',
    );
    return changed?.status ?? 'none';
  },
  async recordCancellation(tx, accountId, by) {
    await recordCancellation(tx, accountId, by);
  },
  async recordFailure(tx, accountId, failure) {
    await recordAccountFailure(tx, accountId, failure);
  },
};
