import { defineConfig } from 'vitest/config';
import { common, pure, served } from './test/support/projects.js';

/** For `npm test`. */
export default defineConfig({ test: { ...common, projects: [pure, served] } });
