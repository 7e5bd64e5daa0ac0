/**
 * Builds dist/: the Prisma client, the compiled tree, the workflows' bundle and the command line's. With `--if-needed` only when
 * something has changed since the last build, by contents.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const stamp = join(root, 'dist', 'built');
const FOLDERS = 'activities api bench cli deploy dev domain gateways prisma workflows'.split(' ');
const FILES = 'package.json package-lock.json prisma.config.ts tsconfig.json tsconfig.build.json'.split(' ');
const STEPS = [
  ['npx', 'prisma', 'generate', '--no-hints'],
  ['npx', 'tsc', '-p', 'tsconfig.build.json'],
  ['node', 'dist/cli/bundle-workflows.js'],
  ['node', 'dist/cli/bundle-command-line.js'],
];

linkCommand();
const sources = fingerprint();
const ifNeeded = process.argv.includes('--if-needed');
if (ifNeeded && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) process.exit(0);
if (ifNeeded) process.stderr.write('Building, which takes about half a minute …\n');
rmSync(stamp, { force: true });
for (const [program, ...args] of STEPS) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  if (status === 0) continue;
  process.stderr.write(
    `${stdout ?? ''}${stderr ?? ''}${[program, ...args].join(' ')} failed. ${error ?? ''}\n`,
  );
  process.exit(1);
}
// Of what was there when the build began: what has changed meanwhile is built the next time.
writeFileSync(stamp, sources);

/** `npx carryover` finds it there at once. For a `bin` in package.json npm would first install this folder into its cache, for ten seconds. */
function linkCommand() {
  try {
    symlinkSync('../../dist/command-line/carryover.js', join(root, 'node_modules', '.bin', 'carryover'));
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
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
