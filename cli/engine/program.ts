import { Command, CommanderError, Option } from 'commander';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { DEFAULT_KIND } from '../../domain/kinds.js';
import { codeVersion } from '../code-version.js';
import { CLI_KINDS } from '../kinds.js';
import { TOKEN_ROLES } from '../token.js';
import { chooseKind, type CliKinds } from './choose-kind.js';
import type { CommandLine } from './command-line.js';
import { addDatabase } from './commands/database.js';
import { addWorkers } from './commands/workers.js';
import { addReading } from './reading.js';
import { connect, DEFAULT_URL, type ConnectionOptions } from './settings.js';
import { addSteering } from './steering.js';
import { CommandError, EXIT, print, type Terminal } from './terminal.js';
import { token, type TokenCommand } from './commands/token.js';
import { addVerification } from './verification.js';

const HELP = `
Examples:
  carryover start acc_1 && carryover watch acc_1
  carryover list --status recent-messages-failure --json
  carryover list --q lakeside          find by key or name
  carryover explain acc_1              why it waits, and what to do
  carryover failures acc_1             what needs a person, with the command for each
  carryover verify acc_1 --repair      compare with the source, import what differs
  carryover token --role operator --sub ann --expires 30d
  carryover db migrate                 before the API and workers of a new version
  carryover workers promote            after they have started, where workers have versions

Environment:
  CARRYOVER_URL      address of the API, with its path prefix if it has one;
                     default: a running npm start, else ${DEFAULT_URL}
  CARRYOVER_TOKEN    token for the API; "carryover token" creates one
  AUTH_JWT_SECRET    the API's secret; only for "carryover token"
  DATABASE_URL       the store; only for "carryover db"
  WORKER_DEPLOYMENT  and TEMPORAL_ADDRESS; only for "carryover workers"
  REPORT_SLACK_WEBHOOK_URL  Slack's webhook; only for "carryover report --slack"
  NO_COLOR           if set, output has no colours

Exit status: 0 fine, 1 failed, 2 wrong usage, 3 fine but something needs a
person, 4 a certificate holds but its key was not checked,
78 configuration, 130 interrupted.`;

/** The shells' status for Ctrl-C: 128 + SIGINT. */
const EXIT_INTERRUPTED = 130;

/**
 * Runs the operator's command line and returns its exit status. Never throws, and never ends the process.
 *
 * @param args without the program's name.
 */
export async function runCarryover(
  args: readonly string[],
  terminal: Terminal,
  kinds: CliKinds = CLI_KINDS,
): Promise<number> {
  const outcome = { status: EXIT.fine as number };
  try {
    await program(terminal, kinds, outcome).parseAsync(args, { from: 'user' });
    return outcome.status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    if (terminal.signal.aborted) return EXIT_INTERRUPTED;
    print(
      terminal.error,
      error instanceof Error && isExpected(error) ? error.message : String((error as Error)?.stack ?? error),
    );
    if (error instanceof ConfigurationError) return EXIT.configuration;
    return error instanceof CommandError ? error.exitStatus : EXIT.failed;
  }
}

function isExpected(error: Error): boolean {
  return error instanceof CommandError || error instanceof ConfigurationError;
}

function program(terminal: Terminal, kinds: CliKinds, outcome: { status: number }): Command {
  const root = new Command('carryover')
    .description('Starts, watches and steers migrations through the HTTP API.')
    .option('--url <url>', `address of the API; default: CARRYOVER_URL or ${DEFAULT_URL}`)
    .option('--token <token>', "operator's token; default: CARRYOVER_TOKEN")
    .option('--kind <name>', `kind of migration ("carryover kinds" lists them); default: ${DEFAULT_KIND}`)
    .version(versionWords(), '-V, --version', 'print the version')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.error.write(text),
      getOutHelpWidth: () => terminal.out.columns ?? 100,
      getErrHelpWidth: () => terminal.error.columns ?? 100,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Run "carryover --help" for all commands.');
  const api = () => connect(root.opts<ConnectionOptions>(), terminal);
  const line: CommandLine = {
    root,
    api,
    async ofKind() {
      const client = api();
      return { api: client, kind: await chooseKind(client, root.opts<KindChoice>().kind, kinds) };
    },
    kinds,
    terminal,
    outcome,
  };
  addReading(line);
  addSteering(line);
  addVerification(line);
  addOwnCommands(line, kinds);
  addDatabase(line);
  addWorkers(line);
  addToken(line);
  return root;
}

interface KindChoice {
  readonly kind?: string;
}

/** Adds each kind's own commands. One that is called with another `--kind` is refused. */
function addOwnCommands(line: CommandLine, kinds: CliKinds): void {
  const { root } = line;
  const owners = new Map<Command, string>();
  for (const kind of Object.values(kinds)) {
    const before = new Set(root.commands);
    kind.addCommands?.(line);
    for (const command of root.commands) if (!before.has(command)) owners.set(command, kind.name);
  }
  root.hook('preAction', (_root, action) => {
    const { kind } = root.opts<KindChoice>();
    let command = action;
    while (command.parent !== null && command.parent !== root) command = command.parent;
    const owner = owners.get(command);
    if (kind === undefined || owner === undefined || owner === kind) return;
    throw new CommandError(`"${command.name()}" is for the kind ${owner}, not for ${kind}.`, EXIT.usage);
  });
}

function versionWords(): string {
  const { version, commit } = codeVersion();
  return commit === null ? version : `${version} (${commit})`;
}

function addToken({ root, terminal }: CommandLine): void {
  root
    .command('token')
    .description('sign a token with AUTH_JWT_SECRET and print it')
    .addOption(
      new Option('--role <role>', 'what the token may do').choices(TOKEN_ROLES).makeOptionMandatory(),
    )
    .requiredOption('--sub <name>', 'whose token it is; the audit shows the name')
    .option('--account <account>', 'the account that a token with the role app is limited to')
    .option('--expires <duration>', 'how long it is valid: 90s, 30m, 8h, 30d', '8h')
    .action((options: TokenCommand) => token(options, terminal));
}
