import { defineConfig } from 'vitest/config';
import { common, pure, served } from './test/support/projects.js';

/** `npm test`: with the tests of `engine`, `parts` and `whole` as one project. */
export default defineConfig({ test: { ...common, projects: [pure, served] } });
