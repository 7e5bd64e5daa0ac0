import { Option } from 'commander';
import type { CommandLine } from '../command-line.js';
import type { ReportCommand } from '../commands/report.js';
import { withExamples } from '../help.js';
import { OUTPUT_FORMATS, type OutputFormat } from '../terminal/output.js';

/** The report, which has one form more than other answers. */
export function addReport({ root, ofKind, terminal, printer }: CommandLine): void {
  withExamples(
    root
      .command('report')
      .description(
        "report what needs a person in all of a kind's migrations, each with the command that fixes it",
      )
      .option('--since <time>', 'only what has failed since: a time (ISO 8601), or 90m, 12h, 7d ago')
      .addOption(
        new Option(
          '-o, --output <format>',
          'how to print it; default: CARRYOVER_OUTPUT, the profile, table',
        ).choices([...OUTPUT_FORMATS, 'markdown']),
      )
      .addOption(new Option('--json', 'the same as --output json').conflicts('output'))
      .option('--slack', 'also send it to REPORT_SLACK_WEBHOOK_URL', false),
    'report --since 7d',
    'report --output markdown',
    'report --slack',
  ).action(async ({ output, ...options }: ReportCommand & { output?: OutputFormat | 'markdown' }) => {
    const { report } = await import('../commands/report.js');
    const printed = output === 'markdown' ? output : printer({ ...options, ...(output && { output }) });
    await report(await ofKind(), options, printed, terminal);
  });
}
