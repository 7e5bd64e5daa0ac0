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

/** The contents of stack.json: the process that uses the folder, and the servers started in it. */
interface FolderState {
  owner?: ProcessIdentity;
  servers: StartedServer[];
}

/** The folder in which a stack keeps everything: databases, logs, ports, and its running processes. */
export interface DataFolder {
  path: string;
  logFile(server: string): string;
  /** The server's previous port in this folder, or another free one if that is taken; kept for the next start. */
  port(server: string): Promise<number>;
  /** Records a process, so that a later start can end it if this process is killed. */
  started(server: StartedServer): void;
  /** Unlocks the folder; the servers must have ended. */
  release(): Promise<void>;
}

/**
 * Locks the folder for this process, and creates it if it is missing. Processes that a killed stack left running in it are ended first. Throws
 * if a running stack uses it.
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

/** Another running stack uses the folder. */
export class FolderInUse extends Error {
  constructor(path: string, pid: number) {
    super(
      `The data folder ${path} is in use by a running stack (process ${pid}). ` +
        `Stop that one first (kill ${pid}), or choose another folder.`,
    );
    this.name = 'FolderInUse';
  }
}

async function rememberedPort(file: string, server: string): Promise<number> {
  const remembered = (): Record<string, number> => (readJson(file) ?? {}) as Record<string, number>;
  const port = await choosePort(remembered()[server]);
  // Read again, because servers choose their ports concurrently.
  writeJson(file, { ...remembered(), [server]: port });
  return port;
}

/** Creates a folder that other users may pass through but not list, because PostgreSQL may run as another user. */
export async function makePassable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
}
