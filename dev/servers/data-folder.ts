import { chmod, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { readJson, writeJson } from './json-file.js';
import { withLock } from './lock.js';
import { choosePort } from './ports.js';
import { endProcess, isAlive, thisProcess, type ProcessIdentity } from './processes.js';

export interface StartedServer extends ProcessIdentity {
  name: string;
  stopSignal: NodeJS.Signals;
}

/** What stands in stack.json: who uses the folder, and what was started in it. */
interface FolderState {
  owner?: ProcessIdentity;
  servers: StartedServer[];
}

/** The folder where a stack keeps everything: databases, logs, ports, and who is running. */
export interface DataFolder {
  path: string;
  logFile(server: string): string;
  /** The port this server had before in this folder, or another free one when that is taken; kept for the next start. */
  port(server: string): Promise<number>;
  /** Remembers a process, so that a later start can end it should this process not live to do it. */
  started(server: StartedServer): void;
  /** Gives the folder back; the servers must have ended. */
  release(): Promise<void>;
}

/**
 * Takes the folder for this process, making it when it is not there. What an earlier stack, that was killed, left
 * running in it is ended first. Throws when a living stack uses it.
 */
export async function openDataFolder(
  dir: string,
  onStarted?: (server: StartedServer) => void,
): Promise<DataFolder> {
  const path = resolve(dir);
  const stateFile = join(path, 'stack.json');
  const state: FolderState = { owner: thisProcess(), servers: [] };
  const save = (): void => writeJson(stateFile, state);
  await mkdir(join(path, 'logs'), { recursive: true }).catch((error: unknown) => {
    throw new ConfigurationError([`${path} cannot be used as a data folder: ${(error as Error).message}.`]);
  });
  await withLock(join(path, 'stack.lock'), async () => {
    const before = (readJson(stateFile) ?? { servers: [] }) as FolderState;
    if (before.owner && isAlive(before.owner)) throw new FolderInUse(path, before.owner.pid);
    for (const server of before.servers) await endProcess(server, server.stopSignal);
    save();
  });
  return {
    path,
    logFile: (server) => join(path, 'logs', `${server.toLowerCase().replaceAll(' ', '-')}.log`),
    port: (server) => rememberedPort(join(path, 'ports.json'), server),
    started(server) {
      state.servers.push(server);
      save();
      onStarted?.(server);
    },
    release: () => rm(stateFile, { force: true }),
  };
}

/** The folder is another stack's while that lives. */
export class FolderInUse extends Error {
  constructor(path: string, pid: number) {
    super(
      `The data folder ${path} is in use by a running stack (process ${pid}). ` +
        `End that one first (kill ${pid}), or choose another folder.`,
    );
    this.name = 'FolderInUse';
  }
}

async function rememberedPort(file: string, server: string): Promise<number> {
  const remembered = (): Record<string, number> => (readJson(file) ?? {}) as Record<string, number>;
  const port = await choosePort(remembered()[server]);
  // Read again: the servers choose side by side.
  writeJson(file, { ...remembered(), [server]: port });
  return port;
}

/** Makes a folder that every user may pass through, none may list: PostgreSQL may have to run as another user. */
export async function makePassable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
}
