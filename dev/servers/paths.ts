import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Resolves packages from this project, both in the sources and in dist. */
export const requireFromHere = createRequire(import.meta.url);

/** The project's folder, the same for the sources and for dist. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The folder for downloads and builds, outside the checkouts, so that all of them share one copy. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['CARRYOVER_CACHE']) return resolve(env['CARRYOVER_CACHE']);
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'carryover');
}

/** The first program of that name on PATH, or undefined. */
export function findProgram(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
