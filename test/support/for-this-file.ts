import { afterAll, beforeAll } from 'vitest';

/** Opens something that the tests of a file share, hands it to `use`, and closes it after them. */
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
