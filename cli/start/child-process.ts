import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Clock } from '../../domain/engine/clock.js';
import { identify, type ProcessIdentity } from '../../dev/servers/processes.js';
import { WORKER_ENVIRONMENT, WORKER_NODE_ARGUMENTS } from '../small-heap.js';

export interface ChildOptions {
  readonly clock: Clock;
  readonly program: 'api' | 'worker';
  /** Where `api.js` and `worker.js` are. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Its output is appended to this file. */
  readonly logFile: string;
  /** Called when it ends without having been stopped. */
  readonly onExit: (description: string) => void;
}

export interface Child {
  /** As shown to people: 'the worker'. */
  readonly name: string;
  readonly pid: number;
  /** Distinguishes it from a later process with the same id. */
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended and its log has all its output. */
  readonly logged: Promise<void>;
  /** Sends SIGTERM and waits for the end. Throws if it took too long and was killed. Does nothing if it has ended. */
  stop(): Promise<void>;
}

const PATIENCE_MILLISECONDS = 45_000;

/**
 * Starts one of Carryover's processes as a child. It has an IPC channel and ends when that closes, so that a killed parent leaves nothing
 * running.
 */
export function startChild(options: ChildOptions): Child {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const { program, folder, environment, clock } = options;
  const name = `the ${program}`;
  const isWorker = program === 'worker';
  const child = fork(join(folder, `${program}.js`), [], {
    env: isWorker ? { ...WORKER_ENVIRONMENT, ...environment } : environment,
    execArgv: [...process.execArgv, ...(isWorker ? WORKER_NODE_ARGUMENTS : [])],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C in a terminal goes to the whole process group; a group of its own lets the parent decide the order of stopping.
    detached: true,
  });
  const printing = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
  for (const stream of printing) stream.pipe(log, { end: false });
  const logged = Promise.allSettled(printing.map((stream) => finished(stream))).then(async () => {
    log.end();
    await finished(log).catch(() => undefined);
  });

  let stopping = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve();
      const how = signal === null ? `with status ${code}` : `by ${signal}`;
      if (!stopping) options.onExit(`${name} has ended ${how}; its output is in ${options.logFile}`);
    });
    child.once('error', (error) => {
      resolve();
      if (!stopping) options.onExit(`${name} could not be started: ${error.message}`);
    });
  });
  const pid = child.pid ?? 0;
  return {
    name,
    pid,
    logged,
    identity: identify(pid) ?? { pid, startedAt: '' },
    async stop() {
      stopping = true;
      if (!(await endsWhenAsked(child, ended, clock)))
        throw new Error(`${name} did not end within ${PATIENCE_MILLISECONDS / 1_000} s and was killed`);
    },
  };
}

async function endsWhenAsked(child: ChildProcess, ended: Promise<void>, clock: Clock): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return true;
  child.kill('SIGTERM');
  const stop = clock.after(PATIENCE_MILLISECONDS, () => child.kill('SIGKILL'));
  await ended;
  stop();
  return child.signalCode !== 'SIGKILL';
}
