import { Option } from 'commander';
import { audit, type AuditCommand } from './audit.js';
import { listKinds } from './choose-kind.js';
import { asJson, type AsJson, type CommandLine, listing } from './command-line.js';
import { failures, type FailuresCommand } from './failures.js';
import { list, type ListCommand } from './list.js';
import { REPORT_FORMATS, type ReportCommand, report } from './report.js';
import { status } from './status.js';
import { watch } from './watch.js';
import { watchList } from './watch-list.js';

/** The commands that show. */
export function addReading({ root, api, ofKind, terminal, outcome }: CommandLine): void {
  const { out } = terminal;
  asJson(root.command('kinds').description('list the kinds of migration that the API has')).action(
    ({ json }: AsJson) => listKinds(api(), json, out),
  );
  asJson(root.command('status <key>').description('show how a migration stands')).action(
    async (key: string, { json }: AsJson) => status(await ofKind(), key, json, terminal),
  );
  listing(
    root
      .command('list')
      .description('list migrations, the one that changed last first')
      .option('--status <status>', "only those with this status, one of the kind's words")
      .option('--q <text>', 'only those whose key or name has this in it')
      .addOption(new Option('--watch', 'go on showing them as they change, until Ctrl-C').conflicts('json')),
  ).action(async (options: ListCommand & { watch?: boolean }) =>
    options.watch ? watchList(await ofKind(), options, terminal) : list(await ofKind(), options, out),
  );
  root
    .command('watch <key>')
    .description(
      'show a migration as it goes; 0 once it is done, 3 when something needs a person though it is, 1 when it ends otherwise',
    )
    .action(async (key: string) => {
      outcome.status = await watch(await ofKind(), key, terminal);
    });
  listing(
    root
      .command('failures [key]')
      .description(
        'list what needs a person, of one migration or of all, each with the command that fixes it',
      )
      .option('--only <what>', "only what failed in this way, one of the kind's words"),
  ).action(async (key: string | undefined, options: FailuresCommand) =>
    failures(await ofKind(), key, options, out),
  );
  listing(root.command('audit <key>').description('show who did what to a migration, newest first')).action(
    async (key: string, options: AuditCommand) => audit(await ofKind(), key, options, out),
  );
  root
    .command('report')
    .description('show what needs a person, of all migrations of a kind, each with the command that fixes it')
    .option('--since <time>', 'only what has failed since then: a time (ISO 8601), or 90m, 12h, 7d ago')
    .addOption(new Option('--format <format>', 'how it is shown').choices(REPORT_FORMATS).default('table'))
    .option('--slack', 'send it to REPORT_SLACK_WEBHOOK_URL too', false)
    .action(async (options: ReportCommand) => report(await ofKind(), options, terminal));
}
