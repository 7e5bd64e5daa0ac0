import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { demoFolder, removeDemo, writeDemo } from './demo.js';
import { systemClock as clock } from '../gateways/clock.js';
import { thisProcess } from '../dev/servers/processes.js';
import { runProcess } from './process.js';
import { ApiClient } from './engine/api-client.js';
import { openDisplay, type ProgressDisplay } from './conversations/progress/display.js';
import { type BroughtUp, bringUp, logsOf } from './start/bring-up.js';
import { Closing } from './start/closing.js';
import { apiUrl } from './start/environments.js';
import { migrateSample } from './start/migrate-sample.js';
import { readStartOptions } from './start/options.js';
import { Steps } from './start/steps.js';
import { summary } from './start/summary.js';
import { whereabouts } from './start/whereabouts.js';
import { signToken, type TokenOptions } from './token.js';

/**
 * 1. The folder is taken; what a start that was killed left running is ended.
 * 2. Servers, the sample accounts and Carryover's own processes come up, each when what it needs is there.
 * 3. Where everything is and what to try is printed, and written down for `carryover`.
 * 4. The accounts are migrated, or their migrations go on, in sight of the person who waits.
 * 5. The summary; then everything stays up until Ctrl-C, or ends at once with `--once`. A worker or API that dies is started again.
 *
 * However it ends, what it started is ended in the opposite order.
 */
async function main(): Promise<void> {
  const options = readStartOptions();
  const steps = new Steps(clock);
  const display = openDisplay(process.stdout, { colour: pc.isColorSupported, clock });
  const closing = new Closing(clock, (line) => {
    steps.end();
    display.note(line);
  });
  process.exitCode = 1;
  try {
    const world = await bringUp(options, { closing, steps, display, clock });
    const api = await introduce(world, closing);
    const good = await migrateAll(world, api, display, closing);
    if (good) process.exitCode = 0;
    if (!options.once) {
      if (good !== undefined)
        process.stdout.write(pc.dim('Ctrl-C ends everything; npm start goes on where it was.\n'));
      await closing.asked;
      process.exitCode = closing.reason === undefined ? 0 : 1;
    }
  } catch (error) {
    if (!closing.signal.aborted) throw error;
    if (closing.reason === undefined && !options.once) process.exitCode = 0;
  } finally {
    steps.end();
    await closing.close();
  }
}

/** Says where everything is, before anything has begun, and leaves it for `carryover`. */
async function introduce(world: BroughtUp, closing: Closing): Promise<ApiClient> {
  const { home, stack, sampleWorld } = world;
  const { accountId } = sampleWorld.account;
  const token = (claims: Pick<TokenOptions, 'role' | 'sub' | 'accountId'>) =>
    signToken({ secret: home.jwtSecret, expiresIn: '30d', ...claims });
  const url = apiUrl(world);
  const admin = await token({ role: 'admin', sub: 'npm-start' });
  const demo = { url, token: admin, process: thisProcess() };
  writeDemo(home.folder.path, demo);
  closing.later('', async () => removeDemo(home.folder.path));
  process.stdout.write(
    whereabouts({
      demo,
      webUi: stack.TEMPORAL_UI_URL,
      store: stack.DATABASE_URL,
      workerPid: world.workerPid(),
      logs: logsOf(world),
      appToken: await token({ role: 'app', sub: 'sample-app', accountId }),
      accountId,
      mendAt: sampleWorld.troubled && sampleWorld.env.CONVERSATIONS_API_URL,
      commandLine: fileURLToPath(new URL('../command-line/carryover.js', import.meta.url)),
      findable: home.folder.path === demoFolder(),
      encrypted: Boolean(process.env['PAYLOAD_ENCRYPTION_KEY']),
    }),
  );
  return new ApiClient({ url, token: admin, signal: closing.signal, clock });
}

/** Whether all is well with all of them but acc_7, in which much is meant to go wrong; undefined when the end was asked for first. */
async function migrateAll(
  { sampleWorld }: BroughtUp,
  api: ApiClient,
  display: ProgressDisplay,
  closing: Closing,
): Promise<boolean | undefined> {
  const { account, others, troubled } = sampleWorld;
  const accounts = [account, ...others, ...(troubled ? [troubled] : [])].map(({ accountId }) => accountId);
  for (const accountId of accounts) await api.post('/v2/start-migration', { account_id: accountId });
  const begun = clock.elapsed();
  let good = true;
  for (const accountId of accounts) {
    const outcome = await closing.race(
      migrateSample(api, accountId, { begun, display, signal: closing.signal, clock }),
    );
    if (outcome === undefined) return undefined;
    process.stdout.write(summary(outcome, process.stdout.columns));
    if (accountId !== troubled?.accountId) good &&= outcome.good;
  }
  return good;
}

runProcess(main);
