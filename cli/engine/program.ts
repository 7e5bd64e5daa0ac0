import { Command, CommanderError, Option } from 'commander';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { DEFAULT_KIND } from '../../domain/kinds.js';
import { codeVersion } from '../code-version.js';
import { CLI_KINDS } from '../kinds.js';
import { TOKEN_ROLES } from '../token.js';
import { chooseKind, type CliKinds } from './choose-kind.js';
import type { CommandLine } from './command-line.js';
import { addDatabase } from './database.js';
import { addReading } from './reading.js';
import { connect, DEFAULT_URL, type ConnectionOptions } from './settings.js';
import { addSteering } from './steering.js';
import { CommandError, EXIT, print, type Terminal } from './terminal.js';
import { token, type TokenCommand } from './token.js';
import { addVerification } from './verification.js';

const HELP = `
Examples:
  carryover start acc_1 && carryover watch acc_1
  carryover list --status recent-messages-failure --json
  carryover list --q lakeside          by key or name
  carryover failures acc_1             what needs a person, with the command for each
  carryover verify acc_1 --repair      compare with the source, import what differs
  carryover token --role operator --sub ann --expires 30d
  carryover db migrate                 before a new version's API and workers start

Environment:
  CARRYOVER_URL      address of the API, with a path if it has one; default that of
                     a running npm start, else ${DEFAULT_URL}
  CARRYOVER_TOKEN    token to call it with; "carryover token" makes one
  AUTH_JWT_SECRET    for "carryover token" alone: the API's own secret
  DATABASE_URL       for "carryover db" alone: the store
  REPORT_SLACK_WEBHOOK_URL  for "carryover report --slack" alone
  NO_COLOR           when set, nothing is coloured

Exit status: 0 fine, 1 failed, 2 wrong usage, 3 fine but something needs a
person, 4 a certificate holds but whose key it is was not checked,
78 configuration, 130 interrupted.`;

/** Ctrl-C, as shells tell it. */
const EXIT_INTERRUPTED = 130;

/**
 * Runs the operator's command line and answers its exit status; never throws, and never ends the process.
 *
 * @param args without the program's own name.
 * @param kinds the kinds of migration that it knows.
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
    .description('Starts, watches and steers migrations, through the HTTP API.')
    .option('--url <url>', `address of the API; default CARRYOVER_URL or ${DEFAULT_URL}`)
    .option('--token <token>', 'token of an operator; default CARRYOVER_TOKEN')
    .option('--kind <name>', `kind of migration, "carryover kinds" lists them; default ${DEFAULT_KIND}`)
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
    .showHelpAfterError('"carryover --help" tells what there is.');
  const api = () => connect(root.opts<ConnectionOptions>(), terminal);
  const line: CommandLine = {
    root,
    api,
    async ofKind() {
      const client = api();
      return { api: client, kind: await chooseKind(client, root.opts<KindChoice>().kind, kinds) };
    },
    terminal,
    outcome,
  };
  addReading(line);
  addSteering(line);
  addVerification(line);
  addOwnCommands(line, kinds);
  addDatabase(line);
  addToken(line);
  return root;
}

interface KindChoice {
  readonly kind?: string;
}

/** What only one kind has; asked for with another kind it is refused. */
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
    .addOption(new Option('--role <role>', 'what it may do').choices(TOKEN_ROLES).makeOptionMandatory())
    .requiredOption('--sub <name>', 'who it is for; shown in the audit')
    .option('--account <account>', 'the one account that a token of the role app is for')
    .option('--expires <duration>', 'how long it holds: 90s, 30m, 8h, 30d', '8h')
    .action((options: TokenCommand) => token(options, terminal));
}
