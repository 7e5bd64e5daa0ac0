import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { cacheFolder } from './paths.js';

/** How the finders and the servers say what they are doing while it takes long. */
export type Log = (message: string) => void;

export interface FindOptions {
  log: Log;
  signal?: AbortSignal | undefined;
}

/** The cached folder of that name, where it is there already. */
export function fromCache(name: string): string | undefined {
  const path = join(cacheFolder(), name);
  return existsSync(path) ? path : undefined;
}

/**
 * The cached folder of that name; made by `fill` when it is not there. `fill` gets an empty folder that becomes the
 * cached one in a single rename once it is complete, so that a killed build leaves nothing half-made behind; whoever
 * needs the same folder meanwhile waits.
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
