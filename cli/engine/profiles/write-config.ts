import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'smol-toml';
import type { Clock } from '../../../domain/engine/clock.js';
import { isAlive, type ProcessIdentity, thisProcess } from '../../../dev/servers/processes.js';
import { CommandError } from '../terminal.js';
import { type Config, readConfig } from './config.js';

/** Tokens are for the owner alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const LOCK_TRY_MS = 25;
/** Nobody holds the lock for longer than writing a small file takes. */
const LOCK_TRIES = 400;

/**
 * Changes the file: writers wait for each other, so that none undoes what another wrote, and a reader sees either the old or the new file.
 * What a killed writer leaves is its own temporary file, and a lock that the next writer removes.
 */
export async function changeConfig(
  file: string,
  clock: Clock,
  change: (config: Config) => Config,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: FOLDER_MODE });
  const unlock = await lock(`${file}.lock`, clock);
  try {
    const changed = change(await readConfig(file));
    const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
    await write(unfinished, stringify(changed));
    await rename(unfinished, file);
    await chmod(file, FILE_MODE);
  } finally {
    await unlock();
  }
}

async function write(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function lock(path: string, clock: Clock): Promise<() => Promise<void>> {
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    if (await take(path)) return () => rm(path, { force: true });
    if (await isAbandoned(path)) await rm(path, { force: true });
    else await clock.sleep(LOCK_TRY_MS);
  }
  throw new CommandError(`Another process keeps ${path}. End it, or delete the file if there is none.`);
}

/** Takes the lock, unless another has it. It exists only with its holder's name in it. */
async function take(path: string): Promise<boolean> {
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`;
  await write(unfinished, JSON.stringify(thisProcess()));
  try {
    await link(unfinished, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(unfinished);
  }
}

/** Whether the process that holds the lock has ended. */
async function isAbandoned(path: string): Promise<boolean> {
  try {
    return !isAlive(JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity);
  } catch {
    // Its holder has just given it back.
    return false;
  }
}
