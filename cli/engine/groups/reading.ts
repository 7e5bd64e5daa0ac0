import { Option } from 'commander';
import { addAudit } from './audit.js';
import type { CommandLine } from '../command-line.js';
import { listing } from '../command-line.js';
import type { FailuresCommand } from '../commands/failures.js';
import type { ListCommand } from '../commands/list.js';
import { withExamples } from '../help.js';
import { printable, type Printing } from '../terminal/output.js';

/** The commands that only read. Each loads what it does when it is called, so that all start fast. */
export function addReading(line: CommandLine): void {
  const { root, api, ofKind, terminal, outcome, printer } = line;
  withExamples(
    printable(root.command('kinds').description('list the kinds of migration that the API has')),
    'kinds',
  ).action(async (options: Printing) => {
    const { listKinds } = await import('../commands/kinds.js');
    await listKinds(api(), printer(options));
  });
  withExamples(
    printable(root.command('status <key>').description("show a migration's current state")),
    'status acc_1',
    'status acc_1 --output yaml',
  ).action(async (key: string, options: Printing) => {
    const { status } = await import('../commands/status.js');
    await status(await ofKind(), key, printer(options));
  });
  withExamples(
    printable(
      root
        .command('explain <key>')
        .description('say in one sentence why a migration waits and what to do, with the facts behind it'),
    ),
    'explain acc_1',
    'explain acc_1 --json',
  ).action(async (key: string, options: Printing) => {
    const { explain } = await import('../commands/explain.js');
    await explain(await ofKind(), key, printer(options));
  });
  withExamples(
    printable(
      root
        .command('preflight <key>')
        .description(
          'say what a start would do, without writing anything: parts that cannot be created, counts, a sample of records, time and cost',
        ),
    ),
    'preflight acc_1',
    'preflight acc_1 --json',
  ).action(async (key: string, options: Printing) => {
    const { preflight } = await import('../commands/preflight.js');
    await preflight(await ofKind(), key, printer(options));
  });
  withExamples(
    printable(
      root
        .command('dashboard')
        .description('print a link that signs in once at the dashboard, with the rights of the token'),
    ),
    'dashboard',
  ).action(async (options: Printing) => {
    const { dashboardLink } = await import('../commands/dashboard.js');
    await dashboardLink(api(), printer(options));
  });
  addList(line);
  withExamples(
    printable(
      root
        .command('watch <key>')
        .description(
          'show progress until a migration ends; exits with 0 if it is done, 3 if it is done and something needs a person, 1 otherwise',
        ),
    ),
    'watch acc_1',
    'watch acc_1 --json    one line for each change',
  ).action(async (key: string, options: Printing) => {
    const { watch } = await import('../commands/watch.js');
    outcome.status = await watch(await ofKind(), key, printer(options), terminal);
  });
  withExamples(
    listing(
      root
        .command('failures [key]')
        .description(
          'list what needs a person, of one migration or of all, each with the command that fixes it',
        )
        .option('--only <what>', "only this one of the kind's sorts of failures"),
    ),
    'failures',
    'failures acc_1',
  ).action(async (key: string | undefined, options: FailuresCommand) => {
    const { failures } = await import('../commands/failures.js');
    await failures(await ofKind(), key, options, printer(options));
  });
  addAudit(line);
}

function addList({ root, ofKind, terminal, printer }: CommandLine): void {
  withExamples(
    listing(
      root
        .command('list')
        .description('list migrations, the latest change first')
        .option('--status <status>', "only those with this status of the kind's")
        .option('--q <text>', 'only those whose key or name contains this, in upper or lower case')
        .addOption(
          new Option('--watch', 'keep showing them as they change, until Ctrl-C').conflicts([
            'json',
            'output',
          ]),
        ),
    ),
    'list --status recent-messages-failure',
    'list --q lakeside --output wide',
    'list --watch',
  ).action(async (options: ListCommand & { watch?: boolean }) => {
    if (options.watch) {
      const { watchList } = await import('../commands/watch-list.js');
      return watchList(await ofKind(), options, printer({ output: 'table' }), terminal);
    }
    const { list } = await import('../commands/list.js');
    return list(await ofKind(), options, printer(options));
  });
}
