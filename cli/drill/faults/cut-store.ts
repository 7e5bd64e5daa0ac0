import { withPageOf } from '../../../dev/faults/pages.js';
import { plural } from '../../engine/terminal/words.js';
import type { Fault } from '../fault.js';

const RECORDS_OF_A_PAGE = 100;
/** The batch in whose middle the connections end. */
const BATCH = 10;
/** As many new connections are refused before the store is back. */
const REFUSED = 5;

/** All connections of API and workers to the store end in the middle of a batch, and no new one is taken for a while. */
export const cutStore: Fault = {
  name: 'cut-store',
  title: 'Cut the store',
  account: { brands: 2, channels: 4, portedNumbers: 2, threads: 300, messages: 5_000 },
  async inject(scene) {
    const { scratch } = scene;
    const { reads, storeLink } = scratch;
    let [batches, cut] = [0, 0];
    reads.rewrite = withPageOf(RECORDS_OF_A_PAGE);
    // A batch copies its messages after it has begun its transaction.
    storeLink.onSent = (bytes) => {
      if (cut > 0 || !bytes.includes('COPY messages')) return;
      batches += 1;
      if (batches === BATCH) cut = storeLink.cut();
    };
    scratch.startWorker();
    await scene.begin();
    await scratch.until('a batch was being written', () => cut > 0);
    scene.say('the store is cut off');
    await scratch.until('API and worker tried to come back', () => storeLink.refused >= REFUSED);
    const { refused } = storeLink;
    storeLink.open = true;
    return `cut ${plural(cut, 'connection')} in the middle of a batch and refused ${plural(refused, 'new one')}`;
  },
};
