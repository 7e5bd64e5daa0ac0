import { asJson, type AsJson, type CommandLine } from '../engine/command-line.js';
import { type AttachmentsRetry, attachmentsRetry, reset } from './failed.js';
import { addQuarantine } from './quarantine-commands.js';
import { start } from './start.js';

/** The commands that only accounts have. */
export function addConversations(line: CommandLine): void {
  const { root, api, terminal, outcome } = line;
  const { out } = terminal;
  asJson(
    root.command('start <account>').description('start a migration, or let it go on after a failure'),
  ).action(async (account: string, { json }: AsJson) => {
    outcome.status = await start(api(), account, json, out);
  });

  addQuarantine(line);

  const attachments = root.command('attachments').description('files of messages');
  asJson(
    attachments
      .command('retry <account>')
      .description('fetch failed ones again: all, or those of a brand, of a message, or one')
      .option('--brand <brand>', 'only of this brand')
      .option('--message <message>', 'only of this message')
      .option('--attachment <attachment>', 'only with this id'),
  ).action((account: string, options: AttachmentsRetry) => attachmentsRetry(api(), account, options, out));

  asJson(
    root
      .command('reset <account>')
      .description(
        'remove everything that a migration made and start it again; for development and test only',
      )
      .option('--yes', 'it is meant', false),
  ).action((account: string, options: AsJson & { yes: boolean }) => reset(api(), account, options, out));
}
