import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'smol-toml';
import type { Clock } from '../../../domain/engine/clock.js';
import { withLock } from '../../../dev/servers/lock.js';
import { CommandError } from '../terminal/terminal.js';
import { type Config, readConfig } from './config.js';

/** Tokens are for the owner alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Nobody holds the lock for longer than writing a small file takes. */
const LONGEST_WAIT_MS = 10_000;

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
  await locked(`${file}.lock`, clock, async () => {
    const changed = change(await readConfig(file));
    const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
    await write(unfinished, stringify(changed));
    await rename(unfinished, file);
    await chmod(file, FILE_MODE);
  });
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

/** Works while holding the lock. Gives up on another holder after a while. */
async function locked(path: string, clock: Clock, work: () => Promise<void>): Promise<void> {
  const tooLong = new AbortController();
  const stop = clock.after(LONGEST_WAIT_MS, () => tooLong.abort());
  try {
    await withLock(path, work, { signal: tooLong.signal });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    throw new CommandError(
      `Another process holds the lock ${path}. End it, or delete the file if there is no such process.`,
    );
  } finally {
    stop();
  }
}
