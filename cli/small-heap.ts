import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Of what lives, before it is looked for garbage again. By itself V8 would first let hundreds of megabytes of read pages lie. */
const GROWTH_PERCENT = 60;

/**
 * For Node, where it starts a worker: as `npm run worker` has it, too. What is young takes up to three times so many megabytes in each of its two heaps,
 * twice as many by itself; that can be said before a process starts only.
 */
export const WORKER_NODE_ARGUMENTS: readonly string[] = ['--max-semi-space-size=8'];

/**
 * For the C library, likewise: one arena instead of eight for each core, and what is free at its end goes back from 128 KB on. Threads that each
 * have arenas keep what buffers have left in them.
 */
export const WORKER_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/**
 * Keeps this process small, to be called once, before it does anything: an import's garbage is pages of text, which are cheap to find. The
 * collection at once is what makes V8 count from here on. WebAssembly (the query compiler) stays as its quick compiler makes it, since its
 * optimizing one takes more memory than it gives time.
 */
export function keepHeapSmall(): void {
  for (const flag of [
    `--heap-growing-percent=${GROWTH_PERCENT}`,
    '--liftoff-only',
    '--no-wasm-tier-up',
    '--no-wasm-dynamic-tiering',
    '--expose-gc',
  ])
    setFlagsFromString(flag);
  (runInNewContext('gc') as () => void)();
}
