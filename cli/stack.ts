import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { ConfigurationError } from '../domain/engine/configuration-error.js';
import { systemClock } from '../gateways/clock.js';
import { createProduct } from '../dev/sample/onboarding/product.js';
import { type StackEnvironment, startStack } from '../dev/servers/stack.js';
import { EXIT_CONFIGURATION } from './process.js';

interface Options {
  writeEnv?: string;
  data?: string;
  kind: 'conversations' | 'onboarding';
}

const PARENT_CHECK_MS = 500;

const say = (message: string): void => void process.stderr.write(`${message}\n`);

function readOptions(): Options {
  return new Command('stack')
    .description(
      'Starts the embedded servers: Temporal, PostgreSQL with the schema, DynamoDB. Stops them on SIGTERM.',
    )
    .option('--write-env <file>', 'file to write the addresses to once all are up; default: standard output')
    .option(
      '--data <dir>',
      'folder to keep the data in; default: a temporary folder that is deleted at the end',
    )
    .addOption(
      new Option(
        '--kind <name>',
        "onboarding also starts Redis, found on the PATH or by REDIS_SERVER, and creates the product's database",
      )
        .choices(['conversations', 'onboarding'])
        .default('conversations'),
    )
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<Options>();
}

/**
 * A signal that aborts when this process is asked to end, or when its parent has ended. npm forwards signals to a shell, which may end
 * without forwarding them; then the parent's id changes.
 */
function untilAskedToEnd(): AbortSignal {
  const asked = new AbortController();
  const end = (): void => asked.abort();
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', end);
  if (process.send) {
    process.on('disconnect', end);
    if (!process.connected) end();
  }
  if (process.env['npm_lifecycle_event']) {
    const parent = process.ppid;
    systemClock.every(PARENT_CHECK_MS, () => process.ppid !== parent && end(), { ref: false });
  }
  return asked.signal;
}

/** Writes the file atomically: whoever waits for it finds all of it. */
async function writeAtomically(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, file);
}

async function checkPlace(file: string): Promise<void> {
  const folder = dirname(file);
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new ConfigurationError([`--write-env ${file}: there is no folder ${folder}.`]);
  // Nobody must mistake an earlier stack's addresses for this one's.
  await rm(file, { force: true }).catch((error: unknown) => {
    throw new ConfigurationError([`--write-env ${file}: ${(error as Error).message}`]);
  });
}

/** The variables that turn the kind on. */
async function onboardingOf({ DATABASE_URL }: StackEnvironment, redisUrl: string) {
  return { ONBOARDING_DATABASE_URL: await createProduct(DATABASE_URL), ONBOARDING_REDIS_URL: redisUrl };
}

async function main(): Promise<number> {
  const options = readOptions();
  const file = options.writeEnv === undefined ? undefined : resolve(options.writeEnv);
  if (file) await checkPlace(file);
  const asked = untilAskedToEnd();
  const redis = options.kind === 'onboarding';
  const stack = await startStack({ dataDir: options.data, redis, log: say, signal: asked }).catch(
    (error: unknown) => {
      if (asked.aborted) return undefined;
      throw error;
    },
  );
  if (!stack) return 0;
  const ended = new Promise<undefined>((resolve) =>
    asked.addEventListener('abort', () => resolve(undefined)),
  );
  try {
    const env = { ...stack.env, ...(stack.redisUrl && (await onboardingOf(stack.env, stack.redisUrl))) };
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
    if (file) await writeAtomically(file, lines.join(''));
    else process.stdout.write(lines.join(''));
    say(`The servers are up${file ? `; their addresses are in ${file}` : ''}. Ctrl-C stops them.`);
    const died = asked.aborted ? undefined : await Promise.race([stack.died, ended]);
    if (died) say(`${died} The other servers are stopped too.`);
    return died ? 1 : 0;
  } finally {
    await stack.stop();
  }
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT_CONFIGURATION);
    say(error instanceof Error ? error.message : String(error));
    process.exit(error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1);
  },
);
