import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeDataFolder } from '../../dev/servers/postgres/postgres-home.js';
import { memoryFolder } from '../../dev/servers/memory-folder.js';
import { isAlive, type ProcessIdentity } from '../../dev/servers/processes.js';
import { vi } from 'vitest';

const COMMAND = join(import.meta.dirname, '..', '..', 'dist', 'processes', 'stack.js');

/** `npm run stack` as a process: the compiled command, with its output kept. */
export interface StackCommand {
  child: ChildProcess;
  /** Its standard error so far. */
  said(): string;
  /** Its exit status, once it has one; null when a signal ended it. */
  status: Promise<number | null>;
}

/** The test's own timeout is the limit. */
const LONGEST_WAIT_MS = 600_000;

export function runStackCommand(args: string[], { ipc = false } = {}): StackCommand {
  const stdio = ['ignore', 'pipe', 'pipe', ...(ipc ? ['ipc' as const] : [])] as const;
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: [...stdio] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout?.resume();
  const status = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, said: () => said, status };
}

/** Waits for the file of a stack that is starting; throws with the command's output if it ends first. */
export async function untilUp(command: StackCommand, file: string): Promise<Record<string, string>> {
  await vi.waitUntil(
    () => {
      if (existsSync(file)) return true;
      if (command.child.exitCode !== null) throw new Error(`The stack did not come up:\n${command.said()}`);
      return false;
    },
    { timeout: LONGEST_WAIT_MS },
  );
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** The processes that a stack has started, from its data folder. */
export function serversOf(dataDir: string): ({ name: string } & ProcessIdentity)[] {
  const state = JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as {
    servers: ({ name: string } & ProcessIdentity)[];
  };
  return state.servers;
}

/** Waits until none of the processes is left. */
export async function untilGone(processes: ProcessIdentity[]): Promise<void> {
  await vi.waitUntil(() => !processes.some(isAlive), { timeout: LONGEST_WAIT_MS });
}

/** A temporary folder that only its owner may enter, and its removal with the data folders in it. */
export async function closedFolder(): Promise<{
  path: string;
  remove(...dataDirs: string[]): Promise<void>;
}> {
  const path = await mkdtemp(join(await memoryFolder(), 'carryover-test-'));
  return {
    path,
    async remove(...dataDirs) {
      await Promise.all(dataDirs.map(removeDataFolder));
      await rm(path, { recursive: true, force: true });
    },
  };
}
