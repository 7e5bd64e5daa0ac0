/**
 * Makes dist/command-line/carryover.js, the operator's command line with all that its commands share in a few files: it starts in
 * a quarter of a second. What single commands need beside that (PostgreSQL, Slack) is loaded by them.
 */

import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** One folder of its own: files of an earlier build do not stay in it. */
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
  // Some packages are CommonJS and ask for Node's own modules.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
