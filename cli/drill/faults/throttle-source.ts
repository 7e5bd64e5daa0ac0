import { isPage, withPageOf } from '../../../dev/faults/pages.js';
import { plural } from '../../engine/terminal/words.js';
import type { Fault } from '../fault.js';

const RECORDS_OF_A_PAGE = 100;
/** Are read before. */
const PAGES = 5;
const THROTTLED = 10;

/** The source answers as DynamoDB does when it is read too fast, until Carryover says that this is why it waits. */
export const throttleSource: Fault = {
  name: 'throttle-source',
  title: 'Throttle the source',
  account: { brands: 2, channels: 4, portedNumbers: 2, threads: 200, messages: 3_000 },
  async inject(scene) {
    const { scratch } = scene;
    const { reads } = scratch;
    let [pages, throttled] = [0, 0];
    reads.rewrite = withPageOf(RECORDS_OF_A_PAGE);
    reads.fault = (body) => {
      if (!isPage(body)) return undefined;
      pages += 1;
      if (pages <= PAGES) return undefined;
      throttled += 1;
      return { status: 400, type: 'ProvisionedThroughputExceededException' };
    };
    scratch.startWorker();
    await scene.begin();
    await scene.untilExplained(/has throttled reads of|DynamoDB throttled/);
    await scratch.until(`${THROTTLED} reads were throttled`, () => throttled >= THROTTLED);
    reads.fault = () => undefined;
    return `throttled ${plural(throttled, 'read')}`;
  },
};
