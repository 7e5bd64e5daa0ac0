import { join } from 'node:path';
import pc from 'picocolors';
import type { PortSchedule } from '../../dev/sample/carrier/behaviour.js';
import type { SeedTarget } from '../../dev/sample/dynamodb.js';
import { type SampleWorld, startSampleWorld } from '../../dev/sample/main.js';
import { startSlowProxy } from '../../dev/sample/slow-proxy.js';
import { type Stack, type StackEnvironment, type StackOptions, startStack } from '../../dev/servers/stack.js';
import type { Clock } from '../../domain/engine/clock.js';
import { count } from '../engine/terminal/words.js';
import type { ProgressDisplay } from '../conversations/progress/display.js';
import type { Closing } from './closing.js';
import { apiUrl, type StartedWorld } from './environments.js';
import { type Home, keptDataError, openHome } from './home.js';
import { keepUp } from './keep-up.js';
import type { StartOptions } from './options.js';
import type { Steps } from './steps.js';

/** With `--slow`, each answer of the source takes this long, so that the import takes some minutes. */
const SLOW_ANSWER_MS = 1_500;

export interface BroughtUp extends StartedWorld {
  readonly sampleWorld: SampleWorld;
  /** The process id of the current worker. */
  readonly workerPid: () => number;
}

export interface Means {
  readonly closing: Closing;
  readonly steps: Steps;
  readonly display: ProgressDisplay;
  readonly clock: Clock;
}

export interface BroughtUpServers {
  readonly home: Home;
  readonly stack: Stack;
}

/** Brings up the servers, under this name. */
export async function bringUpServers(
  options: Pick<StartOptions, 'fresh' | 'data'>,
  { closing, steps, display }: Means,
  servers: Pick<StackOptions, 'dynamodb' | 'redis'> & { readonly name: string },
): Promise<BroughtUpServers> {
  const home = await openHome({ fresh: options.fresh, folder: options.data });
  closing.later('', () => home.folder.release());
  const { name, ...choices } = servers;
  const stack = await steps.run(name, (say) =>
    startStack({
      ...choices,
      dataDir: home.stack,
      log: say,
      signal: closing.signal,
      onRestart: (why) => display.note(`${pc.yellow('!')} ${why} It is restarted.`),
    }).catch((error: unknown) => {
      throw keptDataError(error, home.folder.path);
    }),
  );
  closing.later('the servers', () => stack.stop());
  void stack.died.then((what) => closing.ask(what));
  return { home, stack };
}

/** Brings up API and worker, and keeps them up. */
export async function bringUpProcesses(
  world: StartedWorld,
  { closing, steps, display, clock }: Means,
): Promise<Pick<BroughtUp, 'workerPid'>> {
  const worker = await steps.run('API and worker', async (say) => {
    const [kept] = (['worker', 'api'] as const).map((program) =>
      keepUp(program, world, { closing, display, clock }),
    );
    say('waiting for the API to find the store and Temporal');
    await untilReady(`${apiUrl(world)}/readyz`, closing.signal, clock);
    return kept;
  });
  return { workerPid: () => worker?.pid() ?? 0 };
}

/** Brings up the servers, the sample accounts and Carryover's processes, each once what it needs is up. */
export async function bringUp(options: StartOptions, means: Means): Promise<BroughtUp> {
  const { closing, steps, display, clock } = means;
  const { home, stack } = await bringUpServers(options, means, {
    name: 'PostgreSQL, DynamoDB and Temporal',
    // Its tables have streams; without Java there is dynalite, and what changes is polled.
    dynamodb: 'auto',
  });

  const sampleWorld = await steps.run('Sample accounts, Conversations service and carrier', (say) =>
    startSampleWorld({
      dataDir: home.sample,
      dynamodb: targetOf(stack),
      accounts: options.accounts,
      trouble: options.trouble,
      signal: closing.signal,
      schedule: portsAt(options.paceMs),
      arrivals: {
        everyMs: options.paceMs,
        clock,
        onTrouble: (error) =>
          display.note(
            `${pc.yellow('!')} Conversations could not write what arrived: ${(error as Error).message}. It is tried again.`,
          ),
      },
      onProgress: ({ accountId, written, total }) =>
        say(
          `${count(written)} of ${count(total)} records of ${accountId} are in DynamoDB`,
          written / Math.max(total, 1),
        ),
    }),
  );
  closing.later('the sample services', () => sampleWorld.stop());

  const source = options.slow ? await slowSource(stack.env, closing) : stack.env;
  const apiPort = await home.folder.port('api');
  const world = { home, stack: source, sample: sampleWorld.env, apiPort };
  return { ...world, sampleWorld, ...(await bringUpProcesses(world, means)) };
}

/** The folders of all logs. */
export function logsOf({ home }: StartedWorld): string {
  return `${join(home.folder.path, 'logs')}, ${join(home.stack, 'logs')}`;
}

export function targetOf({ env, dynamodbLocal }: Stack): SeedTarget {
  return {
    endpoint: env.DYNAMODB_ENDPOINT,
    region: env.AWS_REGION,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    streams: dynamodbLocal,
    transactions: dynamodbLocal,
  };
}

async function slowSource(stack: StackEnvironment, closing: Closing): Promise<StackEnvironment> {
  const proxy = await startSlowProxy(stack.DYNAMODB_ENDPOINT, SLOW_ANSWER_MS);
  closing.later('the slow source', () => proxy.stop());
  return { ...stack, DYNAMODB_ENDPOINT: proxy.url };
}

/** Ports take as long as a few changes at the source, whatever the pace. */
function portsAt(paceMs: number): PortSchedule {
  return { firstStepMs: 3 * paceMs, nextStepMs: 3 * paceMs, staggerMs: paceMs };
}

const READY_CHECK_MILLISECONDS = 200;

/** Waits until the API answers that it is ready. */
export async function untilReady(url: string, signal: AbortSignal, clock: Clock): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await fetch(url, { signal }).catch(() => undefined);
    if (answer?.ok === true) return;
    await clock.sleep(READY_CHECK_MILLISECONDS);
  }
}
