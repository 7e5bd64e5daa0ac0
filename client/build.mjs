/** Builds dist/client/, the package @carryover/client: each entry as an ES module and as CommonJS, with declarations for both. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const client = import.meta.dirname;
const root = join(client, '..');
const output = join(root, 'dist/client');
const FORMATS = [
  { format: 'esm', type: 'module' },
  { format: 'cjs', type: 'commonjs' },
];

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
for (const { format, type } of FORMATS) {
  await build({
    entryPoints: ['index', 'react'].map((entry) => join(client, 'src', `${entry}.ts`)),
    outdir: join(output, format),
    bundle: true,
    format,
    // React Native's engine, and browsers that are five years old.
    target: 'es2020',
    platform: 'neutral',
    external: ['react'],
    minify: true,
    sourcemap: true,
    logLevel: 'warning',
  });
  // The same declarations then describe a module of that sort.
  writeFileSync(join(output, format, 'package.json'), `${JSON.stringify({ type })}\n`);
}
const { status, stdout, stderr } = spawnSync('npx', ['tsc', '-p', join(client, 'tsconfig.json')], {
  cwd: root,
  encoding: 'utf8',
});
if (status !== 0) {
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  process.exit(1);
}
cpSync(join(output, 'esm'), join(output, 'cjs'), {
  recursive: true,
  filter: (path) => !/\.(js|map|json)$/.test(path),
});
for (const file of ['package.json', 'README.md']) copyFileSync(join(client, file), join(output, file));
copyFileSync(join(root, 'LICENSE'), join(output, 'LICENSE'));
