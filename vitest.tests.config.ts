import { defineConfig } from 'vitest/config';
import { everyday } from './test/support/projects.js';

/** `npm test`: the tests of `pure`, `engine`, `parts` and `whole`, without projects. */
export default defineConfig({ test: everyday });
