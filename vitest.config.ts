import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Two cores: more files at once only make timeouts.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    globalSetup: existsSync('test/support/global-setup.ts') ? ['test/support/global-setup.ts'] : [],
    setupFiles: ['test/support/patience.ts'],
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 60_000,
    hookTimeout: 180_000,
    coverage: {
      include: ['domain/**', 'workflows/**', 'activities/**', 'gateways/**', 'api/**', 'cli/**', 'dev/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
