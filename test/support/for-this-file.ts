import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Ids, newIds } from './ids.js';

/** Opens something that the tests of a file share, passes it to `use`, and closes it after them. */
export function forThisFile<Opened extends { close(): Promise<unknown> }>(
  open: () => Promise<Opened>,
  use: (opened: Opened) => void,
): void {
  let opened: Opened | undefined;
  beforeAll(async () => {
    opened = await open();
    use(opened);
  });
  afterAll(() => opened?.close());
}

/** As `forThisFile`; `use` is called before each test, with ids that no other test of the file has. */
export function forEachTest<Opened extends { close(): Promise<unknown> }>(
  open: () => Promise<Opened>,
  use: (opened: Opened, ids: Ids) => void,
): void {
  let shared: Opened;
  forThisFile(open, (opened) => (shared = opened));
  beforeEach(() => use(shared, newIds()));
}
