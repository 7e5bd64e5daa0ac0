import { count } from '../../engine/terminal/words.js';
import { DrillFailure } from '../failure.js';
import type { Fault } from '../fault.js';

/** Records that cannot be imported: wrong types, missing attributes, other accounts' ids, duplicates, impossible times and texts. */
export const poisonRecord: Fault = {
  name: 'poison-record',
  title: 'Poison a record',
  account: { brands: 2, channels: 4, portedNumbers: 1, threads: 300, messages: 2_000, dirt: 'all' },
  async inject(scene) {
    const { scratch, account } = scene;
    scratch.startWorker();
    await scene.begin();
    await scene.untilDone();
    const { rows } = await scratch.store.query<{ kept: number; unexplained: number }>(
      `SELECT count(*)::int AS kept, (count(*) FILTER (WHERE reason IS NULL OR reason = ''))::int AS unexplained
       FROM quarantined_records WHERE account_source_id = $1`,
      [account.accountId],
    );
    const { kept = 0, unexplained = 0 } = rows[0] ?? {};
    if (kept === 0) throw new DrillFailure('No record was put in quarantine.');
    if (unexplained > 0)
      throw new DrillFailure(`${count(unexplained)} records in quarantine have no reason.`);
    return `quarantined ${count(kept)} of ${count(account.planted.length)} faulty or unusual records, each with its reason, and migrated the others`;
  },
};
