import { Command, CommanderError, Option } from 'commander';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { DEFAULT_KIND } from '../../domain/kinds.js';
import { codeVersion } from '../code-version.js';
import { CLI_KINDS } from '../kinds.js';
import { TOKEN_ROLES } from '../token.js';
import { chooseKind, type CliKinds } from './choose-kind.js';
import type { CommandLine } from './command-line.js';
import { addCompletion } from './completion/command.js';
import { addDoctor } from '../doctor/command.js';
import { addDrill } from '../drill/command.js';
import { addDatabase } from './groups/database.js';
import { addHelp, ROOT_HELP, withExamples } from './help.js';
import { addOverview } from './groups/overview.js';
import { OUTPUT_FORMATS, Printer, type Printing } from './terminal/output.js';
import { type ChosenProfile, chooseProfile } from './profiles/choose.js';
import { addProfiles } from './profiles/commands.js';
import { addReading } from './groups/reading.js';
import { addReport } from './groups/report.js';
import { connect, connectWith, DEFAULT_URL, type ConnectionOptions } from './settings.js';
import { addSteering } from './groups/steering.js';
import { CommandError, EXIT, print, type Terminal } from './terminal/terminal.js';
import type { TokenCommand } from './commands/token.js';
import { addVerification } from './groups/verification.js';
import { addWaves } from './groups/waves.js';
import { addWorkers } from './groups/workers.js';

/**
 * Runs the operator's command line and returns its exit status. Never throws, and never ends the process.
 *
 * @param args without the program's name.
 */
export async function runCarryover(
  args: readonly string[],
  given: Terminal,
  kinds: CliKinds = CLI_KINDS,
): Promise<number> {
  const terminal = inColours(args, given);
  const outcome = { status: EXIT.fine as number };
  try {
    await program(terminal, kinds, outcome).parseAsync(args, { from: 'user' });
    return outcome.status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    if (terminal.signal.aborted) return EXIT.interrupted;
    print(
      terminal.error,
      error instanceof Error && isExpected(error) ? error.message : String((error as Error)?.stack ?? error),
    );
    if (error instanceof ConfigurationError) return EXIT.configuration;
    return error instanceof CommandError ? error.exitStatus : EXIT.failed;
  }
}

/** `--no-color` stands for NO_COLOR. It holds for help as well, which is printed while the command line is still being read. */
function inColours(args: readonly string[], terminal: Terminal): Terminal {
  if (!args.includes('--no-color')) return terminal;
  return { ...terminal, environment: { ...terminal.environment, NO_COLOR: '1', FORCE_COLOR: undefined } };
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
    .option(
      '--profile <name>',
      'profile of the configuration file; default: CARRYOVER_PROFILE, the one in use',
    )
    .option('--no-color', 'no colours, as with NO_COLOR')
    .version(versionWords(), '-V, --version', 'print the version')
    .addHelpText('after', ROOT_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.error.write(text),
      getOutHelpWidth: () => terminal.out.columns ?? 100,
      getErrHelpWidth: () => terminal.error.columns ?? 100,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Run "carryover --help" for all commands.');
  let profile: ChosenProfile = {};
  root.hook('preAction', async (_root, action) => {
    if (!WITHOUT_PROFILE.has(topOf(action, root).name()))
      profile = await chooseProfile(root.opts<RootOptions>().profile, terminal);
  });
  const api = (signal?: AbortSignal) => {
    const signals = signal === undefined ? terminal.signal : AbortSignal.any([terminal.signal, signal]);
    return connect(root.opts<ConnectionOptions>(), profile, { ...terminal, signal: signals });
  };
  const line: CommandLine = {
    root,
    api,
    apiWith: (given) => connectWith(given, root.opts<ConnectionOptions>(), profile, terminal),
    async ofKind() {
      const client = api();
      return {
        api: client,
        kind: await chooseKind(client, root.opts<RootOptions>().kind ?? profile.kind, kinds),
      };
    },
    kinds,
    terminal,
    outcome,
    printer: (options) => new Printer(formatOf(options, profile, terminal), terminal),
  };
  addReading(line);
  addOverview(line);
  addReport(line);
  addSteering(line);
  addWaves(line);
  addVerification(line);
  addOwnCommands(line, kinds);
  addDatabase(line);
  addDoctor(line);
  addDrill(line);
  addWorkers(line);
  addToken(line);
  addProfiles(line);
  addCompletion(line);
  addHelp(root, terminal);
  return root;
}

interface RootOptions {
  readonly kind?: string;
  readonly profile?: string;
}

/** The commands that never ask an API. A wrong configuration file must not keep them from correcting it. */
const WITHOUT_PROFILE: ReadonlySet<string> = new Set([
  'profile',
  'help',
  'token',
  'completion',
  '__complete',
]);

function formatOf(
  { output, json }: Printing,
  profile: ChosenProfile,
  { environment }: Terminal,
): Printer['format'] {
  if (json === true) return 'json';
  const wished = environment['CARRYOVER_OUTPUT']?.trim();
  const known = OUTPUT_FORMATS.find((each) => each === wished);
  if (wished && known === undefined)
    throw new ConfigurationError([
      `CARRYOVER_OUTPUT is wrong: "${wished}" is not one of ${OUTPUT_FORMATS.join(', ')}.`,
    ]);
  return output ?? known ?? profile.output ?? 'table';
}

/** The command's ancestor right below the root, or itself. */
function topOf(command: Command, root: Command): Command {
  let top = command;
  while (top.parent !== null && top.parent !== root) top = top.parent;
  return top;
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
    const { kind } = root.opts<RootOptions>();
    const command = topOf(action, root);
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
  withExamples(
    root
      .command('token')
      .description('sign a token with AUTH_JWT_SECRET and print it')
      .addOption(
        new Option('--role <role>', 'what the token may do').choices(TOKEN_ROLES).makeOptionMandatory(),
      )
      .requiredOption('--sub <name>', 'whose token it is; the audit shows the name')
      .option('--account <account>', 'the account that a token with the role app is limited to')
      .option('--expires <duration>', 'how long it is valid: 90s, 30m, 8h, 30d', '8h'),
    'token --role operator --sub ann',
    'token --role app --account acc_1 --sub phone --expires 30d',
  ).action(async (options: TokenCommand) => {
    const { token } = await import('./commands/token.js');
    await token(options, terminal);
  });
}
