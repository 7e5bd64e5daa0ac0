import { Option } from 'commander';
import { audit, type AuditCommand } from './commands/audit.js';
import { listKinds } from './choose-kind.js';
import { asJson, type AsJson, type CommandLine, listing } from './command-line.js';
import { explain } from './commands/explain.js';
import { failures, type FailuresCommand } from './commands/failures.js';
import { list, type ListCommand } from './commands/list.js';
import { REPORT_FORMATS, type ReportCommand, report } from './commands/report.js';
import { status } from './commands/status.js';
import { watch } from './commands/watch.js';
import { watchList } from './commands/watch-list.js';

/** The commands that only read. */
export function addReading({ root, api, ofKind, terminal, outcome }: CommandLine): void {
  const { out } = terminal;
  asJson(root.command('kinds').description('list the kinds of migration that the API has')).action(
    ({ json }: AsJson) => listKinds(api(), json, out),
  );
  asJson(root.command('status <key>').description("show a migration's current state")).action(
    async (key: string, { json }: AsJson) => status(await ofKind(), key, json, terminal),
  );
  asJson(
    root
      .command('explain <key>')
      .description('say in one sentence why a migration waits and what to do, with the facts behind it'),
  ).action(async (key: string, { json }: AsJson) => explain(await ofKind(), key, json, terminal));
  listing(
    root
      .command('list')
      .description('list migrations, the latest change first')
      .option('--status <status>', "only those with this status of the kind's")
      .option('--q <text>', 'only those whose key or name contains this, in upper or lower case')
      .addOption(new Option('--watch', 'keep showing them as they change, until Ctrl-C').conflicts('json')),
  ).action(async (options: ListCommand & { watch?: boolean }) =>
    options.watch ? watchList(await ofKind(), options, terminal) : list(await ofKind(), options, out),
  );
  root
    .command('watch <key>')
    .description(
      'show progress until a migration ends; exits with 0 if it is done, 3 if it is done and something needs a person, 1 otherwise',
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
      .option('--only <what>', "only this one of the kind's sorts of failures"),
  ).action(async (key: string | undefined, options: FailuresCommand) =>
    failures(await ofKind(), key, options, out),
  );
  listing(root.command('audit <key>').description('show who did what to a migration, newest first')).action(
    async (key: string, options: AuditCommand) => audit(await ofKind(), key, options, out),
  );
  root
    .command('report')
    .description(
      "report what needs a person in all of a kind's migrations, each with the command that fixes it",
    )
    .option('--since <time>', 'only what has failed since: a time (ISO 8601), or 90m, 12h, 7d ago')
    .addOption(new Option('--format <format>', 'output format').choices(REPORT_FORMATS).default('table'))
    .option('--slack', 'also send it to REPORT_SLACK_WEBHOOK_URL', false)
    .action(async (options: ReportCommand) => report(await ofKind(), options, terminal));
}
