import { defineConfig } from 'vitest/config';

/** `npm run histories`: records test/replay/histories anew. Not a test: what it writes is committed, and replayed by one. */
export default defineConfig({
  test: {
    include: ['test/replay/record-*.ts'],
    fileParallelism: false,
    pool: 'forks',
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
