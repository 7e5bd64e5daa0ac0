/**
 * Builds dist/: the Prisma client, the compiled tree, the bundles of the workflows and the command line, the apps' package, and the dashboard. With `--if-needed`
 * it builds only if the contents of a source have changed since the last build.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const stamp = join(root, 'dist', 'built');
const FOLDERS = 'activities api bench cli client deploy dev domain gateways prisma web workflows'.split(' ');
const FILES = 'package.json package-lock.json prisma.config.ts tsconfig.json tsconfig.build.json'.split(' ');
const STEPS = [
  ['npx', 'prisma', 'generate', '--no-hints'],
  ['npx', 'tsc', '-p', 'tsconfig.build.json'],
  ['node', 'dist/cli/bundle-workflows.js'],
  ['node', 'dist/cli/bundle-processes.js'],
  ['node', 'client/build.mjs'],
  ['node', 'web/build.mjs'],
];

linkCommand();
const sources = fingerprint();
const ifNeeded = process.argv.includes('--if-needed');
if (ifNeeded && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) process.exit(0);
if (ifNeeded) process.stderr.write('Building (about half a minute) …\n');
rmSync(stamp, { force: true });
for (const [program, ...args] of STEPS) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  if (status === 0) continue;
  process.stderr.write(
    `${stdout ?? ''}${stderr ?? ''}${[program, ...args].join(' ')} failed. ${error ?? ''}\n`,
  );
  process.exit(1);
}
// The hash of the sources when the build began, so that later changes are built the next time.
writeFileSync(stamp, sources);

/**
 * Links the command line where `npx carryover` finds it at once, and replaces the link of an earlier version. With a `bin` in package.json, npm would
 * first spend ten seconds installing the folder into its cache.
 */
function linkCommand() {
  const link = join(root, 'node_modules', '.bin', 'carryover');
  const unfinished = `${link}.${process.pid}`;
  symlinkSync('../../dist/processes/carryover.js', unfinished);
  renameSync(unfinished, link);
}

function fingerprint() {
  // Certificates name the commit.
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], {
    cwd: root,
    encoding: 'utf8',
  }).stdout;
  const hash = createHash('sha256').update(`${process.version} ${commit ?? ''}`);
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/[\\/]generated([\\/]|$)/.test(entry.parentPath))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const path of [...FILES.map((file) => join(root, file)), ...paths].sort())
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}
