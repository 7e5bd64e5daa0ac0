import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How far the heap may grow, in percent of live data, before the next collection. V8's default would let hundreds of megabytes of read pages pile up. */
const GROWTH_PERCENT = 45;

/** Megabytes, for the young objects of workflows. */
const WORKFLOWS_SEMI_SPACE = 1;

/**
 * Node's arguments for a worker; `npm run worker` has the same. In each of the two heaps, young objects take up to three times this many
 * megabytes; V8's default is twice as large. The flag works only at the start of a process.
 */
export const WORKER_NODE_ARGUMENTS: readonly string[] = ['--max-semi-space-size=8'];

/**
 * The C library's settings for a worker, also read only at the start: one arena instead of eight a core, because each arena keeps what freed
 * buffers leave behind, and free memory at the end of the heap returns to the system once it exceeds 128 KB.
 */
export const WORKER_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/**
 * Keeps the heap of this process small. Call it once, before anything else. An import's garbage is pages of text, which are cheap to collect.
 * The first collection makes V8 apply the new limit from here on. WebAssembly (the query compiler) keeps its baseline code, because the
 * optimizing compiler costs more memory than the time is worth.
 */
export function keepHeapSmall(): void {
  for (const flag of [
    `--heap-growing-percent=${GROWTH_PERCENT}`,
    // Works for heaps that come later: that of the workflows, which leave little garbage.
    `--max-semi-space-size=${WORKFLOWS_SEMI_SPACE}`,
    '--liftoff-only',
    '--no-wasm-tier-up',
    '--no-wasm-dynamic-tiering',
    '--expose-gc',
  ])
    setFlagsFromString(flag);
  (runInNewContext('gc') as () => void)();
}
