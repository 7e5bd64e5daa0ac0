import { Option } from 'commander';
import { asJson, type AsJson, type CommandLine } from './command-line.js';
import { type AttachmentsRetry, attachmentsRetry, reset } from './failed.js';
import { REPORT_FORMATS, type ReportCommand, report } from './report.js';

/** The commands for what needs a person. */
export function addOperations({ root, api, terminal }: CommandLine): void {
  const { out } = terminal;
  const attachments = root.command('attachments').description('files of messages');
  asJson(
    attachments
      .command('retry <account>')
      .description('fetch failed ones again: all, or those of a brand, of a message, or one')
      .option('--brand <brand>', 'only of this brand')
      .option('--message <message>', 'only of this message')
      .option('--attachment <attachment>', 'only with this id'),
  ).action((account: string, options: AttachmentsRetry) => attachmentsRetry(api(), account, options, out));

  root
    .command('report')
    .description('show what needs a person, of all accounts, each with the command that mends it')
    .option('--since <time>', 'only what has failed since then: a time (ISO 8601), or 90m, 12h, 7d ago')
    .addOption(new Option('--format <format>', 'how it is shown').choices(REPORT_FORMATS).default('table'))
    .option('--slack', 'send it to REPORT_SLACK_WEBHOOK_URL too', false)
    .action((options: ReportCommand) => report(api(), options, terminal));

  asJson(
    root
      .command('reset <account>')
      .description(
        'remove everything that a migration made and start it again; for development and test only',
      )
      .option('--yes', 'it is meant', false),
  ).action((account: string, options: AsJson & { yes: boolean }) => reset(api(), account, options, out));
}
