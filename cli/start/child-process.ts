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
  /** What it prints goes here, added to what is there. */
  readonly logFile: string;
  /** Told when it ends by itself. */
  readonly onExit: (description: string) => void;
}

export interface Child {
  /** For people: 'the worker'. */
  readonly name: string;
  readonly pid: number;
  /** Tells it from a later process with the same number. */
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended and all that it printed is in its log. */
  readonly logged: Promise<void>;
  /** Asks it to end with SIGTERM. Throws when it takes too long and had to be killed. Harmless when it has ended. */
  stop(): Promise<void>;
}

const PATIENCE_MILLISECONDS = 45_000;

/**
 * One of Carryover's processes as a child of this one. It has an IPC channel and ends when that is cut, so that nothing is
 * left behind by a parent that was killed.
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
    // Ctrl-C in a terminal goes to the whole process group: the order in which things end is decided here alone.
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
