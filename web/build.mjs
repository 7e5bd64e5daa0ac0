/**
 * Builds dist/web/: the dashboard's page and assets, each with its Brotli and gzip form beside it. Does nothing if no source has changed since
 * the last build.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const web = import.meta.dirname;
const root = join(web, '..');
const output = join(root, 'dist/web');
const stamp = join(root, 'dist/web.built');

const sources = fingerprint();
if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) process.exit(0);
rmSync(stamp, { force: true });
await build({ configFile: join(web, 'vite.config.mjs'), logLevel: 'warn' });
for (const path of filesIn(output)) if (/\.(js|css|html|svg)$/.test(path)) compress(path);
writeFileSync(stamp, sources);

function compress(path) {
  const content = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}

function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  const others = ['package-lock.json', 'domain/engine/proof/canonical-json.ts'].map((file) =>
    join(root, file),
  );
  for (const path of [...filesIn(web), ...others].sort())
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/[\\/]node_modules([\\/]|$)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
}
