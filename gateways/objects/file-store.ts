import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../../domain/engine/clock.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { WatchedContent, type ObjectStore } from './object-store.js';

/** A file is written within minutes: one that has not changed for an hour was left by a killed process. Also the interval between sweeps. */
const LEFTOVER_MS = 60 * 60_000;

/** Keeps objects as files below a folder. Creates the folder if it is missing. */
export function openFileStore(folder: string, clock: Clock): ObjectStore {
  let swept: { readonly at: number; readonly done: Promise<void> } | undefined;
  return {
    async put(key, content) {
      const source = new WatchedContent(content);
      try {
        const leftover = clock.now() - LEFTOVER_MS;
        if (swept === undefined || swept.at < leftover)
          swept = { at: clock.now(), done: sweep(join(folder, '.unfinished'), leftover) };
        await swept.done;
        return await writeFile(folder, key, source.read());
      } catch (error) {
        swept = undefined;
        source.throwIfFailed();
        throw unavailable(error, folder);
      }
    },
    async removeFolder(name) {
      try {
        await rm(join(folder, name), { recursive: true, force: true });
      } catch (error) {
        throw unavailable(error, folder);
      }
    },
    close: () => undefined,
  };
}

/**
 * 1. Write the content to a file of its own on the same file system, and sync it to disk.
 * 2. Rename it into place in one step, replacing an earlier file.
 * 3. Sync the folders, so that the name survives a power failure.
 */
async function writeFile(folder: string, key: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  const path = join(folder, key);
  const unfinished = join(folder, '.unfinished', randomUUID());
  try {
    const file = await open(unfinished, 'wx', 0o640);
    try {
      for await (const chunk of content) await writeAll(file, chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await mkdir(dirname(path), { recursive: true });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  for (let level = dirname(path); level.length >= folder.length; level = dirname(level))
    await syncFolder(level);
  return pathToFileURL(path).href;
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  for (let from = 0; from < chunk.byteLength;) {
    const { bytesWritten } = await file.write(chunk, from);
    from += bytesWritten;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Removes files that have not changed since `leftover`, milliseconds since 1970. */
async function sweep(unfinished: string, leftover: number): Promise<void> {
  await mkdir(unfinished, { recursive: true });
  for (const name of await readdir(unfinished)) {
    const path = join(unfinished, name);
    const changed = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (changed !== undefined && changed < leftover) await rm(path, { force: true });
  }
}

function unavailable(error: unknown, folder: string): CarryoverError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new CarryoverError('AttachmentsUnavailable', `The folder ${folder} is not writable (${code}).`, {
    cause: error,
  });
}
