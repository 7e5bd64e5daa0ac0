import { type CommandLine, type Listing, listing } from '../command-line.js';
import type { OverviewCommand } from '../commands/overview.js';
import { withExamples } from '../help.js';
import { printable, type Printing } from '../terminal/output.js';

const loaded = () => import('../commands/overview.js');

/** What the dashboard shows of all kinds, and of the parts and the past of one migration. */
export function addOverview({ root, api, ofKind, printer }: CommandLine): void {
  withExamples(
    printable(root.command('summary').description('count the migrations of all kinds by status')),
    'summary',
  ).action(async (options: Printing) => (await loaded()).summary(api(), printer(options)));
  withExamples(
    printable(root.command('system').description('show workers, queues and what cannot be reached')),
    'system',
  ).action(async (options: Printing) => {
    const { system } = await import('../commands/system.js');
    await system(api(), printer(options));
  });
  withExamples(
    listing(
      root
        .command('overview')
        .description('list the migrations of all kinds, the latest change first')
        .option('--phase <phase>', 'only those that are in this phase')
        .option('--q <text>', 'only those whose key or name contains this')
        .option('--needs-attention', 'only those that need a person'),
    ),
    'overview --needs-attention',
  ).action(async (options: OverviewCommand) => (await loaded()).overview(api(), options, printer(options)));
  withExamples(
    printable(root.command('units <key>').description("show a migration's units, each with its phases")),
    'units acc_1',
  ).action(async (key: string, options: Printing) =>
    (await loaded()).units(await ofKind(), key, printer(options)),
  );
  withExamples(
    listing(root.command('timeline <key>').description('show the events of a migration, newest first')),
    'timeline acc_1 --limit 200',
  ).action(async (key: string, options: Listing) =>
    (await loaded()).timeline(await ofKind(), key, options, printer(options)),
  );
}
