import { defineConfig } from 'vitest/config';
import { common, engine, faults, parts, pure, shipped, whole } from './test/support/projects.js';

export default defineConfig({
  test: {
    ...common,
    projects: [pure, engine, parts, whole, shipped, faults],
    coverage: {
      include: ['domain/**', 'workflows/**', 'activities/**', 'gateways/**', 'api/**', 'cli/**', 'dev/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
