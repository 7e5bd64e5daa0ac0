import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPage } from '../../../dev/faults/pages.js';
import { addAccount } from '../../../dev/sample/add-account.js';
import { DrillFailure } from '../failure.js';
import type { Fault } from '../fault.js';

/** The page that the worker waits for when it is frozen. */
const PAGE = 3;
/** The log lines of a worker whose batch was refused. If it was frozen within a transaction, the store has ended the transaction meanwhile. */
const REFUSED = /LeaseLost|Another worker now owns|the connection was lost/;

/** A worker is frozen with a page in flight; another takes over and finishes; then the first one resumes and tries to write its page. */
export const loseLease: Fault = {
  name: 'lose-lease',
  title: 'Lose a lease',
  account: { brands: 1, channels: 2, portedNumbers: 1, threads: 200, messages: 4_000 },
  async inject(scene) {
    const { scratch } = scene;
    const { reads, temporalLink, world, source } = scratch;
    const frozen = scratch.startWorker({ TEMPORAL_ADDRESS: temporalLink.address });
    let pages = 0;
    reads.fault = (body) => {
      if (body.includes('"by_brand"') && isPage(body)) pages += 1;
      if (pages !== PAGE) return undefined;
      pages += 1;
      process.kill(frozen.pid, 'SIGSTOP');
      // Temporal would hand it tasks for a minute more: it has asked for them.
      temporalLink.cut();
      return undefined;
    };
    await scene.begin();
    await scratch.until('a page of the import was read', () => pages > PAGE);
    scene.say('the worker is frozen; another one takes over');
    const successor = scratch.startWorker();
    await scene.untilExplained(/has given no sign of life since/);
    await scene.untilDone();
    await scratch.kill(successor);

    // That it has tried to write is known from what it does afterwards: another account's migration.
    scene.say('the frozen worker goes on');
    const later = await addAccount({ source, world }, { ...NEXT, seed: scene.account.options.seed + 100 });
    temporalLink.open = true;
    process.kill(frozen.pid, 'SIGCONT');
    await scene.start(later);
    await scratch.until(
      'the worker that was frozen had migrated another account',
      async () => (await scene.status(later)).status === 'all-messages-migrated',
    );
    if (!REFUSED.test(await readFile(join(scratch.folder, 'logs', 'worker.log'), 'utf8')))
      throw new DrillFailure('The worker that was frozen was not refused, or never tried to write.');
    return 'froze a worker until another had finished its work; its late writes were refused';
  },
};

const NEXT = { brands: 1, channels: 1, portedNumbers: 0, threads: 0, messages: 0 };
