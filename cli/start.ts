import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { demoFolder, removeDemo, writeDemo } from './demo.js';
import { systemClock as clock } from '../gateways/clock.js';
import { thisProcess } from '../dev/servers/processes.js';
import { runProcess } from './process.js';
import { ApiClient } from './engine/api/client.js';
import { openDisplay, type ProgressDisplay } from './conversations/progress/display.js';
import { type BroughtUp, bringUp, logsOf, type Means } from './start/bring-up.js';
import { Closing } from './start/closing.js';
import { apiUrl, processEnvironment, type StartedWorld } from './start/environments.js';
import { migrateSample, portOnceMigrated } from './start/migrate-sample.js';
import { bringUpInbox } from './start/inbox/bring-up.js';
import { INBOX_COMMANDS, showInbox } from './start/inbox/show.js';
import { bringUpOnboarding } from './start/onboarding/bring-up.js';
import { ONBOARDING_COMMANDS, showOnboarding } from './start/onboarding/show.js';
import { readStartOptions, type StartOptions } from './start/options.js';
import { Steps } from './start/steps.js';
import { summary } from './start/summary.js';
import { commandsFor, whereabouts } from './start/whereabouts.js';
import { signToken, type TokenOptions } from './token.js';

/**
 * 1. Lock the data folder, and end the processes that a killed start left running.
 * 2. Bring up the servers, the sample (accounts, users with `--sample onboarding`, or an inbox with `--sample inbox`) and Carryover's processes, each once what it needs is up.
 * 3. Print where everything is and what to try, and write the address and token for `carryover`.
 * 4. Migrate the accounts, or continue their migrations, and show the progress, and what still arrives until their numbers are ported; or show what is
 *    done with users.
 * 5. Print the summary. Then keep everything up until Ctrl-C, or end at once with `--once`. A worker or API that dies is restarted.
 *
 * However it ends, it stops what it started, in reverse order.
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
    const means = { closing, steps, display, clock };
    const good = await SAMPLES[options.sample](options, means);
    if (good) process.exitCode = 0;
    if (!options.once) {
      if (good !== undefined)
        process.stdout.write(pc.dim('Ctrl-C stops everything; npm start continues where it was.\n'));
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

async function conversations(options: StartOptions, means: Means): Promise<boolean | undefined> {
  const world = await bringUp(options, means);
  const { account, env, troubled } = world.sampleWorld;
  const { accountId } = account;
  const api = await introduce(world, means.closing, {
    accountId,
    commands: commandsFor(accountId, troubled && env.CONVERSATIONS_API_URL),
  });
  return migrateAll(world, api, means.display, means.closing);
}

async function onboarding(options: StartOptions, means: Means): Promise<boolean | undefined> {
  const world = await bringUpOnboarding(options, means);
  const api = await introduce(world, means.closing, { commands: ONBOARDING_COMMANDS });
  return means.closing.race(showOnboarding(world, api, means));
}

async function inbox(options: StartOptions, means: Means): Promise<boolean | undefined> {
  const world = await bringUpInbox(options, means);
  await introduce(world, means.closing, { commands: INBOX_COMMANDS });
  return means.closing.race(showInbox(world, means, options.reverse));
}

const SAMPLES = { conversations, onboarding, inbox };

/** Prints where everything is, before any migration begins, and writes the address and token for `carryover`. */
async function introduce(
  world: StartedWorld & Pick<BroughtUp, 'workerPid'>,
  closing: Closing,
  { accountId, commands }: { readonly accountId?: string; readonly commands: readonly string[] },
): Promise<ApiClient> {
  const { home, stack } = world;
  const token = (claims: Pick<TokenOptions, 'role' | 'sub' | 'accountId'>) =>
    signToken({ secret: home.jwtSecret, expiresIn: '30d', ...claims });
  const url = apiUrl(world);
  const admin = await token({ role: 'admin', sub: 'npm-start' });
  const api = new ApiClient({ url, token: admin, signal: closing.signal, clock });
  const { code } = await api.post<{ code: string }>('/v2/sign-in-codes');
  const demo = { url, token: admin, environment: processEnvironment(world), process: thisProcess() };
  writeDemo(home.folder.path, demo);
  closing.later('', async () => removeDemo(home.folder.path));
  process.stdout.write(
    whereabouts({
      demo,
      dashboard: `${url}/sign-in?code=${code}`,
      webUi: stack.TEMPORAL_UI_URL,
      store: stack.DATABASE_URL,
      workerPid: world.workerPid(),
      logs: logsOf(world),
      ...(accountId !== undefined && {
        appToken: await token({ role: 'app', sub: 'sample-app', accountId }),
      }),
      commands,
      commandLine: fileURLToPath(new URL('carryover.js', import.meta.url)),
      findable: home.folder.path === demoFolder(),
      encrypted: Boolean(process.env['PAYLOAD_ENCRYPTION_KEY']),
    }),
  );
  return api;
}

/** Whether every account ended well, except acc_7, which has faults on purpose; undefined if the end was requested first. */
async function migrateAll(
  { sampleWorld }: BroughtUp,
  api: ApiClient,
  display: ProgressDisplay,
  closing: Closing,
): Promise<boolean | undefined> {
  const { account, others, troubled, arrivals, carrier } = sampleWorld;
  const accounts = [account, ...others, ...(troubled ? [troubled] : [])];
  for (const { accountId } of accounts) await api.post('/v2/start-migration', { account_id: accountId });
  const begun = clock.elapsed();
  const port = (accountId: string) => () => carrier.release(accountId);
  for (const { accountId } of accounts.slice(1))
    void portOnceMigrated(api, accountId, port(accountId), { signal: closing.signal, clock });
  let good = true;
  for (const account of accounts) {
    const { accountId } = account;
    const sides = { account, arrivals: arrivals.get(accountId), port: port(accountId) };
    const outcome = await closing.race(
      migrateSample(api, accountId, { begun, sides, display, signal: closing.signal, clock }),
    );
    if (outcome === undefined) return undefined;
    process.stdout.write(summary(outcome, process.stdout.columns));
    if (accountId !== troubled?.accountId) good &&= outcome.good;
  }
  return good;
}

runProcess(main);
