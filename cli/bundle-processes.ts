/**
 * Builds dist/processes/: the command line and each process, bundled into a few files. Loading some two thousand small files takes longer than
 * most commands, and is half of what a worker's or the API's start costs. What a program needs only sometimes (PostgreSQL, Slack) remains a
 * file of its own that is loaded when it is needed.
 */

import { copyFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PROGRAMS = ['carryover', 'api', 'worker', 'stack', 'start'];

/** Emptied before each build, so that no file of an earlier one stays. */
const OUTPUT = '../processes';

/**
 * Loaded from node_modules: Temporal's SDK has native code, state that must exist once in a process, and files that it loads by path, as has OpenTelemetry; Swagger UI
 * serves its own files; pino and pg load optional packages.
 */
const NOT_BUNDLED = ['@temporalio/*', '@opentelemetry/*', '@fastify/swagger-ui', 'pino', 'pg', 'undici'];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

await rm(here(OUTPUT), { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: PROGRAMS.map((program) => here(`${program}.js`)),
  outdir: here(OUTPUT),
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // V8 keeps the text of loaded modules, with two bytes a character if a comment has a dash. Names and lines stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: 'external',
  external: NOT_BUNDLED,
  // Some packages are CommonJS and require Node's modules.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
  metafile: true,
});
// Which packages are in which file, as the files themselves no longer say.
const packages = Object.entries(metafile.outputs).map(([file, { inputs }]) => [
  basename(file),
  [...new Set(Object.keys(inputs).flatMap((path) => packageOf(path) ?? []))],
]);
await writeFile(here(`${OUTPUT}/packages.json`), JSON.stringify(Object.fromEntries(packages)));
// Temporal's SDK loads it by path; the data converter names it beside itself.
await copyFile(
  here('../gateways/temporal/encryption/failure-converter.cjs'),
  here(`${OUTPUT}/failure-converter.cjs`),
);

function packageOf(path: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}
