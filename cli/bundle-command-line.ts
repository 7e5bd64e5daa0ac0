/**
 * Builds dist/command-line/carryover.js, the operator's command line. What all commands share is bundled into a few files, so that it starts
 * in a quarter of a second; single commands load what only they need (PostgreSQL, Slack).
 */

import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Emptied before each build, so that no file of an earlier one stays. */
const OUTPUT = '../command-line';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

await rm(here(OUTPUT), { recursive: true, force: true });
await build({
  entryPoints: [here('carryover.js')],
  outdir: here(OUTPUT),
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['pg', 'undici'],
  // Some packages are CommonJS and require Node's modules.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
