import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, thisProcess, type ProcessIdentity } from './processes.js';

/**
 * Runs `work` while holding the lock of that path, exclusively among all processes. Waits for the current owner, and breaks the lock of an owner
 * that has ended. `onWait` is called once, with the owner's process id.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { onWait, signal }: { onWait?: (pid: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await take(path))) {
    const owner = await ownerOf(path);
    if (owner && !isAlive(owner)) {
      await breakLock(path, owner);
      continue;
    }
    if (owner && !told) onWait?.(owner.pid);
    told = owner !== undefined;
    await sleep(100, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** Creates the lock with its owner inside, never empty: linking a complete file either succeeds or finds an existing lock. */
async function take(path: string): Promise<boolean> {
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(thisProcess()));
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

async function ownerOf(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Only one of the processes that find a dead owner may break the lock. Otherwise the second would break the first one's new lock. */
async function breakLock(path: string, deadOwner: ProcessIdentity): Promise<void> {
  const breaker = `${path}.breaker`;
  if (!(await take(breaker))) {
    const other = await ownerOf(breaker);
    if (other && !isAlive(other)) await rm(breaker, { force: true });
    await sleep(50);
    return;
  }
  try {
    const owner = await ownerOf(path);
    if (owner?.pid === deadOwner.pid && owner.startedAt === deadOwner.startedAt)
      await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}
