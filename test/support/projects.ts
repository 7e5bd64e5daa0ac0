import type { TestProjectConfiguration } from 'vitest/config';
import { LongestFirst } from './longest-first.js';

/** What a project's tests may use; its files are named by their folders, so that whoever adds a test decides by its place. */
const PURE = ['test/domain/**/*.test.ts', 'test/bench/**/*.test.ts', 'test/**/pure/*.test.ts'];
const ENGINE = ['test/engine/**/*.test.ts'];
const WHOLE = ['test/{e2e,cli,dev}/**/*.test.ts'];
const SHIPPED = ['test/e2e/browser/**/*.test.ts', 'test/deploy/**/*.test.ts'];
const FAULTS = ['test/faults/**/*.test.ts'];
const ALL = ['test/**/*.test.ts'];

/**
 * Most code of tests runs only a few times, and the cores are busy: compiling it with optimizations, and collecting garbage on helper threads, takes
 * more CPU time than it saves.
 */
const SHORT_LIVED = ['--interrupt-budget=600000', '--single-threaded-gc', '--max-semi-space-size=64'];

const sharedStack = {
  pool: 'forks' as const,
  execArgv: SHORT_LIVED,
  isolate: false,
  setupFiles: 'test/support/temporal-sdk.ts',
  globalSetup: 'test/support/global-setup.ts',
};

/** What all projects have in common. */
export const common = {
  // Two more than the two cores it is made for: a file often waits, for a heartbeat timeout or a server that starts.
  maxWorkers: 4,
  sequence: { sequencer: LongestFirst },
  setupFiles: ['test/support/patience.ts', 'test/support/seed.ts'],
  // Limits end a test that hangs; they say nothing about how long it may take on a busy machine.
  expect: { poll: { timeout: 300_000 } },
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

/** Computes and renders: no server, no process, no store. */
export const pure: TestProjectConfiguration = {
  extends: true,
  test: { name: 'pure', include: PURE, pool: 'threads', isolate: false },
};

/** What every kind of migration must stand: lifecycles, and a cut at every point, in this process. */
export const engine: TestProjectConfiguration = {
  extends: true,
  test: { name: 'engine', include: ENGINE, exclude: PURE, ...sharedStack },
};

/** One gateway, activity, workflow or route, against the shared servers. */
export const parts: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'parts',
    include: ALL,
    exclude: [...PURE, ...ENGINE, ...WHOLE, ...SHIPPED, ...FAULTS],
    ...sharedStack,
  },
};

/** Processes as they are shipped, from end to end. */
export const whole: TestProjectConfiguration = {
  extends: true,
  test: { name: 'whole', include: WHOLE, exclude: [...PURE, ...SHIPPED], ...sharedStack },
};

/** The four before as one: Vitest starts new workers for each project, and each worker loads all modules. */
export const everyday = {
  ...common,
  ...sharedStack,
  include: ALL,
  exclude: [...SHIPPED, ...FAULTS],
  setupFiles: [...common.setupFiles, sharedStack.setupFiles],
};

/** What is handed over: the dashboard and the app's client in a browser, the image, the chart and the packages: `npm run test:shipped`. */
export const shipped: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'shipped',
    include: SHIPPED,
    exclude: PURE,
    ...sharedStack,
    // It runs beside other suites before a change lands.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst, groupOrder: 2 },
  },
};

/** Killed and frozen processes and servers: `npm run test:faults`. More workers, since they wait for timeouts most of the time. */
export const faults: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'faults',
    include: FAULTS,
    ...sharedStack,
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst, groupOrder: 1 },
  },
};
