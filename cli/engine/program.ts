import { Command, CommanderError, Option } from 'commander';
import { FAILURE_KINDS } from '../../domain/engine/failed-things.js';
import { ACCOUNT_STATUSES } from '../../domain/conversations/statuses.js';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { codeVersion } from '../code-version.js';
import { TOKEN_ROLES } from '../token.js';
import { audit, type AuditCommand } from './audit.js';
import { asJson, type AsJson, type CommandLine, listing } from './command-line.js';
import { addDatabase } from './database.js';
import { failures, type FailuresCommand } from './failures.js';
import { list, type ListCommand } from './list.js';
import { watchList } from './watch-list.js';
import { addOperations } from './operations.js';
import { addQuarantine } from '../conversations/quarantine-line.js';
import { connect, DEFAULT_URL, type ConnectionOptions } from './settings.js';
import { status } from './status.js';
import { start, steer, STEERINGS, type Steering } from './steering.js';
import { CommandError, EXIT, print, type Terminal } from './terminal.js';
import { token, type TokenCommand } from './token.js';
import { addVerification } from './verification.js';
import { watch } from './watch.js';

const HELP = `
Examples:
  carryover start acc_1 && carryover watch acc_1
  carryover list --status recent-messages-failure --json
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
 */
export async function runCarryover(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome = { status: EXIT.fine as number };
  try {
    await program(terminal, outcome).parseAsync(args, { from: 'user' });
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

function program(terminal: Terminal, outcome: { status: number }): Command {
  const root = new Command('carryover')
    .description('Starts, watches and steers migrations of accounts, through the HTTP API.')
    .option('--url <url>', `address of the API; default CARRYOVER_URL or ${DEFAULT_URL}`)
    .option('--token <token>', 'token of an operator; default CARRYOVER_TOKEN')
    .version(versionWords(), '-V, --version', 'print the version')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.error.write(text),
      getOutHelpWidth: () => terminal.out.columns ?? 100,
      getErrHelpWidth: () => terminal.error.columns ?? 100,
    })
    .showHelpAfterError('"carryover --help" tells what there is.');
  const line: CommandLine = {
    root,
    api: () => connect(root.opts<ConnectionOptions>(), terminal),
    terminal,
    outcome,
  };
  addReading(line);
  addSteering(line);
  addQuarantine(line);
  addOperations(line);
  addVerification(line);
  addDatabase(line);
  addToken(line);
  return root;
}

function versionWords(): string {
  const { version, commit } = codeVersion();
  return commit === null ? version : `${version} (${commit})`;
}

function addReading({ root, api, terminal, outcome }: CommandLine): void {
  asJson(root.command('status <account>').description('show how a migration stands')).action(
    (account: string, { json }: AsJson) => status(api(), account, json, terminal),
  );
  listing(
    root
      .command('list')
      .description('list migrations, the one that changed last first')
      .addOption(new Option('--status <status>', 'only those with this status').choices(ACCOUNT_STATUSES))
      .addOption(new Option('--watch', 'go on showing them as they change, until Ctrl-C').conflicts('json')),
  ).action((options: ListCommand & { watch?: boolean }) =>
    options.watch ? watchList(api(), options, terminal) : list(api(), options, terminal.out),
  );
  root
    .command('watch <account>')
    .description(
      'show a migration as it goes; 0 once all messages are migrated, 3 when something needs a person though they are, 1 when it ends otherwise',
    )
    .action(async (account: string) => {
      outcome.status = await watch(api(), account, terminal);
    });
  listing(
    root
      .command('failures [account]')
      .description('list what needs a person, of one account or of all, each with the command that mends it')
      .addOption(new Option('--kind <kind>', 'only this kind').choices(FAILURE_KINDS)),
  ).action((account: string | undefined, options: FailuresCommand) =>
    failures(api(), account, options, terminal.out),
  );
  listing(
    root.command('audit <account>').description('show who did what to a migration, newest first'),
  ).action((account: string, options: AuditCommand) => audit(api(), account, options, terminal.out));
}

function addSteering({ root, api, terminal: { out }, outcome }: CommandLine): void {
  asJson(
    root.command('start <account>').description('start a migration, or let it go on after a failure'),
  ).action(async (account: string, { json }: AsJson) => {
    outcome.status = await start(api(), account, json, out);
  });
  for (const [action, description] of Object.entries(STEERINGS)) {
    asJson(root.command(`${action} <account>`).description(description)).action(
      (account: string, { json }: AsJson) => steer(api(), action as Steering, account, json, out),
    );
  }
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
