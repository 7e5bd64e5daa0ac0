import { Command } from 'commander';
import pc from 'picocolors';
import { startStack } from '../dev/servers/stack.js';
import { startSampleWorld } from '../dev/sample/main.js';
import { runProcess } from './process.js';
import { openDisplay, type ProgressDisplay } from './progress/display.js';
import { Closing } from './start/closing.js';
import { apiUrl, type StartedWorld } from './start/environments.js';
import { openHome } from './start/home.js';
import { keepUp } from './start/keep-up.js';
import { migrateSample } from './start/migrate-sample.js';
import { Steps } from './start/steps.js';
import { farewell, summary } from './start/summary.js';
import { signToken } from './token.js';

interface Options {
  once?: boolean;
  fresh?: boolean;
  data?: string;
}

function readOptions(): Options {
  return new Command('start')
    .description('Everything on this machine: servers, a sample account, its migration before your eyes.')
    .option('--once', 'end after the summary; status 0 only when all is migrated, verified and ported')
    .option('--fresh', 'forget what an earlier start left behind, and begin anew')
    .option('--data <dir>', 'folder to keep everything in; default .carryover in the checkout')
    .allowExcessArguments(false)
    .parse()
    .opts<Options>();
}

/**
 * 1. The folder is taken; what a start that was killed left running is ended.
 * 2. Servers, the sample account and Carryover's own processes come up, each when what it needs is there.
 * 3. The account is migrated, or its migration goes on, in sight of the person who waits.
 * 4. The summary; then everything stays up until Ctrl-C, or ends at once with `--once`. A worker or API that dies is started again.
 *
 * However it ends, what it started is ended in the opposite order.
 */
async function main(): Promise<void> {
  const options = readOptions();
  const closing = new Closing();
  const steps = new Steps();
  const display = openDisplay(process.stdout, { colour: pc.isColorSupported });
  process.exitCode = 1;
  try {
    const world = await bringUp(options, closing, steps, display);
    const token = await signToken({
      secret: world.home.jwtSecret,
      role: 'admin',
      sub: 'npm-start',
      expiresIn: '30d',
    });
    const outcome = await closing.race(
      migrateSample(apiUrl(world), token, world.accountId, display, closing.signal),
    );
    if (outcome === undefined) return;
    process.stdout.write(summary(outcome));
    if (outcome.good) process.exitCode = 0;
    if (options.once !== true) {
      const { stack, accountId } = world;
      const encrypted = Boolean(process.env['PAYLOAD_ENCRYPTION_KEY']);
      process.stdout.write(farewell({ api: apiUrl(world), stack, token, accountId, encrypted }));
      await closing.asked;
      process.exitCode = closing.reason === undefined ? 0 : 1;
    }
  } catch (error) {
    if (!closing.signal.aborted) throw error;
    process.stderr.write(`${closing.reason ?? ''}\n`);
  } finally {
    steps.end();
    await closing.close();
  }
}

async function bringUp(
  options: Options,
  closing: Closing,
  steps: Steps,
  display: ProgressDisplay,
): Promise<StartedWorld & { readonly accountId: string }> {
  const home = await openHome({ fresh: options.fresh === true, folder: options.data });
  closing.later('', () => home.folder.release());

  const stack = await steps.run('PostgreSQL, DynamoDB and Temporal', (say) =>
    startStack({
      dataDir: home.stack,
      log: say,
      signal: closing.signal,
      onRestart: (why) => display.note(`${pc.yellow('!')} ${why} It is started again.`),
    }),
  );
  closing.later('the servers', () => stack.stop());
  void stack.died.then((what) => closing.ask(what));

  const sample = await steps.run('Sample account, Conversations service and carrier', (say) =>
    startSampleWorld({
      dataDir: home.sample,
      dynamodb: {
        endpoint: stack.env.DYNAMODB_ENDPOINT,
        region: stack.env.AWS_REGION,
        credentials: {
          accessKeyId: stack.env.AWS_ACCESS_KEY_ID,
          secretAccessKey: stack.env.AWS_SECRET_ACCESS_KEY,
        },
      },
      onProgress: ({ written, total }) => say(`${written} of ${total} records are in DynamoDB`),
    }),
  );
  closing.later('the sample services', () => sample.stop());

  const apiPort = await home.folder.port('api');
  const world = { home, stack: stack.env, sample: sample.env, apiPort };
  await steps.run('API and worker', async () => {
    for (const program of ['worker', 'api'] as const) keepUp(program, world, closing, display);
    await untilReady(`${apiUrl(world)}/readyz`, closing.signal);
  });
  return { ...world, accountId: sample.account.accountId };
}

const READY_CHECK_MILLISECONDS = 200;

async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await fetch(url, { signal }).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => {
      setTimeout(resolve, READY_CHECK_MILLISECONDS);
    });
  }
}

runProcess(main);
