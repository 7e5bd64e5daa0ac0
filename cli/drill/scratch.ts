import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { type CutOff, startCutOff } from '../../dev/faults/cut-off.js';
import { type FaultProxy, startFaultProxy } from '../../dev/faults/fault-proxy.js';
import type { SeedTarget } from '../../dev/sample/dynamodb.js';
import { type SampleWorld, startSampleWorld } from '../../dev/sample/main.js';
import { startGuardian } from '../../dev/servers/guardian.js';
import { choosePort } from '../../dev/servers/ports.js';
import { isAlive } from '../../dev/servers/processes.js';
import { startStack } from '../../dev/servers/stack.js';
import type { Clock } from '../../domain/engine/clock.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { ApiClient, isAway } from '../engine/api/client.js';
import { targetOf, untilReady } from '../start/bring-up.js';
import { type Child, startChild } from '../start/child-process.js';
import { apiUrl, processEnvironment } from '../start/environments.js';
import { signToken } from '../token.js';
import { DrillFailure } from './failure.js';

export interface ScratchOptions {
  /** Of the operator. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where `api.js` and `worker.js` are. */
  readonly programs: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Says what takes long. */
  readonly say: (message: string) => void;
}

/** Carryover with everything that it needs, on this machine, in a folder that goes with it. What can be disturbed stands behind proxies. */
export interface Scratch {
  /** With the logs. */
  readonly folder: string;
  readonly world: SampleWorld;
  /** Where the world's records are. */
  readonly source: SeedTarget;
  /** Between the workers and DynamoDB. */
  readonly reads: FaultProxy;
  /** Between Carryover's processes and the store. */
  readonly storeLink: CutOff;
  /** Between Temporal and a worker that is started with its address. */
  readonly temporalLink: CutOff;
  /** Not behind the proxy. */
  readonly store: Pool;
  readonly api: ApiClient;
  startWorker(environment?: Readonly<Record<string, string>>): Child;
  /** SIGKILL, and until it is gone. */
  kill(worker: Child): Promise<void>;
  /** Waits until it holds, also while the API is away; throws DrillFailure if it never does. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Ends the workers, and resets the proxies. */
  calm(): Promise<void>;
  /** Ends and removes everything, but the folder if it is to be kept. A second call changes nothing. */
  close(keepLogs: boolean): Promise<void>;
}

const POLL_MS = 100;
/** Longer than any heartbeat, lease and pause between tries together. */
const PATIENCE_MS = 300_000;

/** Starts the scratch copy. If the start fails or is aborted, everything that was started is ended; if this process is killed, a guardian ends it. */
export async function openScratch({
  settings,
  programs,
  signal,
  clock,
  say,
}: ScratchOptions): Promise<Scratch> {
  const ends: (() => unknown)[] = [];
  const end = async (): Promise<void> => {
    for (const each of ends.splice(0).reverse()) await each();
  };
  const folder = await mkdtemp(join(tmpdir(), 'carryover-drill-'));
  const guardian = startGuardian();
  guardian.removeLater(folder);
  ends.push(() => guardian.done());
  let keeps = false;
  ends.push(() => (keeps ? undefined : rm(folder, { recursive: true, force: true })));
  try {
    const stack = await startStack({ inMemory: true, log: say, signal });
    ends.push(() => stack.stop());
    const source = { ...targetOf(stack), streams: false };
    const schedule = { firstStepMs: 300, nextStepMs: 300 };
    const dataDir = join(folder, 'sample');
    const world = await startSampleWorld({ dataDir, dynamodb: source, account: EMPTY, schedule, signal });
    ends.push(() => world.stop());
    const reads = await startFaultProxy();
    reads.target = stack.env.DYNAMODB_ENDPOINT;
    ends.push(() => reads.stop());
    const storeUrl = new URL(stack.env.DATABASE_URL);
    const storeLink = await startCutOff(storeUrl.host);
    ends.push(() => storeLink.stop());
    storeUrl.host = storeLink.address;
    const temporalLink = await startCutOff(stack.env.TEMPORAL_ADDRESS);
    ends.push(() => temporalLink.stop());

    const home = {
      jwtSecret: randomBytes(32).toString('base64url'),
      attachments: join(folder, 'attachments'),
    };
    const apiPort = await choosePort();
    const environment = {
      ...processEnvironment({ home, stack: stack.env, sample: world.env, apiPort }),
      ...settings,
      // Temporal and AWS have configuration files there, of the operator's real installation.
      HOME: folder,
      DATABASE_URL: storeUrl.href,
      DYNAMODB_ENDPOINT: reads.url,
    };
    const children = new Set<Child>();
    const start = (program: 'api' | 'worker', more: Readonly<Record<string, string>> = {}): Child => {
      const child = startChild({
        ...{ clock, program, folder: programs, environment: { ...environment, ...more } },
        logFile: join(folder, 'logs', `${program}.log`),
        onExit: () => undefined,
      });
      guardian.endLater({ ...child.identity, name: program, stopSignal: 'SIGTERM' });
      return child;
    };
    const stopWorkers = async (): Promise<void> => {
      const workers = [...children];
      children.clear();
      // One that is frozen ends only once it goes on.
      for (const { identity, pid } of workers) if (isAlive(identity)) process.kill(pid, 'SIGCONT');
      await Promise.all(workers.map((worker) => worker.stop()));
    };
    say('starting the API');
    const api = start('api');
    ends.push(() => api.stop());
    ends.push(stopWorkers);
    const store = openStore(stack.env.DATABASE_URL, {
      max: 4,
      controlMax: 1,
      applicationName: 'carryover-drill',
    });
    ends.push(() => store.close());
    const url = apiUrl({ apiPort });
    await untilReady(`${url}/readyz`, signal, clock);
    const token = await signToken({ secret: home.jwtSecret, role: 'admin', sub: 'drill', expiresIn: '1d' });

    const scratch: Scratch = {
      ...{ folder, world, source, reads, storeLink, temporalLink, store: store.pool },
      api: new ApiClient({ url, token, signal, clock }),
      startWorker(more) {
        const worker = start('worker', more);
        children.add(worker);
        return worker;
      },
      async kill(worker) {
        children.delete(worker);
        if (isAlive(worker.identity)) process.kill(worker.pid, 'SIGKILL');
        await scratch.until('the killed worker was gone', () => !isAlive(worker.identity));
      },
      async until(what, holds) {
        const begun = clock.elapsed();
        let away = '';
        const holdsNow = async (): Promise<boolean> => {
          away = '';
          try {
            return await holds();
          } catch (error) {
            if (!isAway(error)) throw error;
            away = ` Last, ${(error as Error).message}`;
            return false;
          }
        };
        while (!(await holdsNow())) {
          if (clock.elapsed() - begun > PATIENCE_MS)
            throw new DrillFailure(
              `It gave up after ${PATIENCE_MS / 60_000} minutes of waiting until ${what}.${away}`,
            );
          await clock.sleep(POLL_MS, { signal });
        }
      },
      async calm() {
        reads.fault = () => undefined;
        reads.rewrite = (body) => body;
        for (const link of [storeLink, temporalLink]) {
          link.onSent = () => undefined;
          link.open = true;
        }
        await stopWorkers();
      },
      async close(keepLogs) {
        keeps = keepLogs;
        await end();
      },
    };
    return scratch;
  } catch (error) {
    await end();
    throw error;
  }
}

/** The first account of a sample world, which no fault needs. */
const EMPTY = {
  accountId: 'acc_drill',
  ...{ brands: 1, channels: 1, portedNumbers: 0, threads: 0, messages: 0 },
};
