import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataFolder } from './data-folder.js';
import { endProcess, identify, type ProcessIdentity } from './processes.js';
import { lastLines } from './tools.js';

export interface ServerSpec {
  /** The name for people: 'PostgreSQL'. */
  name: string;
  command: string;
  args: string[];
  cwd: string;
  env?: Record<string, string>;
  /** Another user to run as, if this process may switch users. */
  user?: { uid: number; gid: number } | undefined;
  /** The signal that stops it cleanly; default: SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** Resolves once the server answers; called repeatedly until it does not throw. */
  ready: () => Promise<void>;
  /** What a person can do if it does not start. */
  advice: string;
}

export interface RunningServer {
  name: string;
  pid: number;
  /** Resolves with a sentence if the server ends without having been stopped; never rejects. */
  died: Promise<string>;
  /** Stops it and waits for its end; a second call waits for the same end. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 90_000;

/**
 * Starts a server as a process, with its log in the data folder, and waits until it answers. If it does not, the process is ended and the error
 * shows the last lines of its log.
 */
export async function startServer(
  spec: ServerSpec,
  folder: DataFolder,
  signal?: AbortSignal,
): Promise<RunningServer> {
  const logFile = folder.logFile(spec.name);
  const logStart = sizeOf(logFile);
  const child = spawnWithLog(spec, logFile);
  const identity = await identityOf(child, spec);
  const stopSignal = spec.stopSignal ?? 'SIGTERM';
  folder.started({ ...identity, name: spec.name, stopSignal });
  const ended = endOf(child);
  const server = runningServer(spec.name, identity, stopSignal, ended);
  try {
    await untilReady(spec, ended, signal);
  } catch (error) {
    await server.stop();
    signal?.throwIfAborted();
    const log = lastLines(readFileSync(logFile).subarray(logStart).toString());
    const reason = `${spec.name} did not start: ${(error as Error).message}.`;
    throw new Error(
      `${reason}\nThe last lines of its log, ${logFile}:\n${log || '(empty)'}\n${spec.advice}`,
      {
        cause: error,
      },
    );
  }
  return server;
}

function spawnWithLog(spec: ServerSpec, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    return spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...plainEnvironment(), ...spec.env },
      stdio: ['ignore', log, log],
      // A process group of its own: Ctrl-C in a terminal must reach only the stack, which stops its servers in order.
      detached: true,
      ...spec.user,
    });
  } finally {
    closeSync(log);
  }
}

/** An environment without the settings of a person's other servers (PGPORT, TEMPORAL_ADDRESS, JAVA_TOOL_OPTIONS …). */
export function plainEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME'];
  const kept = names.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

async function identityOf(child: ChildProcess, spec: ServerSpec): Promise<ProcessIdentity> {
  const { pid } = child;
  if (pid !== undefined) return identify(pid) ?? { pid, startedAt: 'ended' };
  const error = await new Promise<Error>((resolve) => child.once('error', resolve));
  throw new Error(
    `${spec.name} did not start: ${spec.command} cannot be run (${error.message}).\n${spec.advice}`,
  );
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal ? `it was ended by ${signal}` : `it ended with status ${code}`),
    );
  });
}

function runningServer(
  name: string,
  identity: ProcessIdentity,
  stopSignal: NodeJS.Signals,
  ended: Promise<string>,
): RunningServer {
  let stopping: Promise<void> | undefined;
  const died = new Promise<string>((resolve) => {
    void ended.then((how) => {
      if (!stopping) resolve(`${name} died: ${how}.`);
    });
  });
  const end = async (): Promise<void> => {
    await endProcess(identity, stopSignal);
    await ended;
  };
  return { name, pid: identity.pid, died, stop: () => (stopping ??= end()) };
}

async function untilReady(spec: ServerSpec, ended: Promise<string>, signal?: AbortSignal): Promise<void> {
  let endedHow: string | undefined;
  void ended.then((how) => (endedHow = how));
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    signal?.throwIfAborted();
    const failure = await spec.ready().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (endedHow) throw new Error(endedHow);
    if (failure === undefined) return;
    if (Date.now() > deadline)
      throw new Error(`it did not answer within ${START_TIMEOUT_MS / 1000} s (${failure})`);
    await sleep(50);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
