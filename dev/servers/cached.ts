import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { cacheFolder } from './paths.js';

/** Reports what a finder or a server is doing while it takes long. */
export type Log = (message: string) => void;

export interface FindOptions {
  log: Log;
  signal?: AbortSignal | undefined;
}

/** The cached folder of that name; undefined if there is none. */
export function fromCache(name: string): string | undefined {
  const path = join(cacheFolder(), name);
  return existsSync(path) ? path : undefined;
}

/**
 * The cached folder of that name; `fill` creates it if it is missing. `fill` gets an empty folder, which is renamed to the cached one once it is
 * complete, so that a killed build leaves no partial folder. Others who need the same folder wait.
 */
export async function cached(
  name: string,
  fill: (folder: string) => Promise<void>,
  { log, signal }: FindOptions,
): Promise<string> {
  const path = join(cacheFolder(), name);
  if (existsSync(path)) return path;
  const onWait = (pid: number): void => log(`Waiting for process ${pid}, which is preparing ${name} …`);
  return withLock(`${path}.lock`, () => fillOnce(path, fill), { onWait, signal });
}

async function fillOnce(path: string, fill: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    await fill(unfinished);
    await rename(unfinished, path);
    return path;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
