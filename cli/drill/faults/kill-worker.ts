import { isPage, withPageOf } from '../../../dev/faults/pages.js';
import { plural } from '../../engine/terminal/words.js';
import type { Fault } from '../fault.js';

const KILLS = 3;
const RECORDS_OF_A_PAGE = 100;
/** Between two kills, so that each comes in the middle of something. */
const PAGES = 8;

/** SIGKILLs of workers that hold slices of the import. Others continue at the cursors in the store. */
export const killWorker: Fault = {
  name: 'kill-worker',
  title: 'Kill a worker',
  account: { brands: 2, channels: 4, portedNumbers: 2, threads: 300, messages: 6_000 },
  async inject(scene) {
    const { scratch, account } = scene;
    const { reads } = scratch;
    let worker = scratch.startWorker();
    let [pages, kills, killed, inHand] = [0, 0, 0, 0];
    reads.rewrite = withPageOf(RECORDS_OF_A_PAGE);
    // The worker dies while it waits for a page.
    reads.fault = async (body) => {
      if (kills === KILLS || !isPage(body)) return undefined;
      pages += 1;
      if (pages < PAGES) return undefined;
      [pages, kills] = [0, kills + 1];
      await scratch.kill(worker);
      inHand += await slicesInHand();
      worker = scratch.startWorker();
      killed += 1;
      scene.say(`killed the worker ${killed} of ${KILLS} times`);
      return 'cut';
    };
    const slicesInHand = async (): Promise<number> => {
      const { rows } = await scratch.store.query<{ open: number }>(
        `SELECT count(*)::int AS open FROM carryover.work w JOIN brands b ON b.unit_id = w.unit_id JOIN accounts a ON a.id = b.account_id
         WHERE a.source_id = $1 AND NOT w.done AND w.leased_by IS NOT NULL`,
        [account.accountId],
      );
      return rows[0]?.open ?? 0;
    };
    await scene.begin();
    await scratch.until(`the worker was killed ${KILLS} times in the import`, () => killed === KILLS);
    await scene.untilExplained(/has given no sign of life since/);
    return `killed the worker ${KILLS} times, with ${plural(inHand, 'slice')} in hand`;
  },
};
