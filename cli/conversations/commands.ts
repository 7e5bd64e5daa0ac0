import { asJson, type AsJson } from '../engine/command-line.js';
import type { KindCommandLine } from '../engine/kind.js';
import { type AttachmentsRetry, attachmentsRetry, reset } from './failed.js';
import { finish } from './finish.js';
import { addQuarantine } from './quarantine-commands.js';
import { start } from './start.js';

/** The commands that only this kind has. */
export function addConversations(line: KindCommandLine): void {
  const { root, api, terminal, outcome } = line;
  const { out } = terminal;
  asJson(
    root
      .command('start <account>')
      .description('start a migration, or continue it after a failure or a cancel; safe to repeat'),
  ).action(async (account: string, { json }: AsJson) => {
    outcome.status = await start(api(), account, json, out);
  });

  asJson(
    root
      .command('finish <account>')
      .description(
        'end following: a last verification with repair, after which changes at the source no longer show; safe to repeat',
      ),
  ).action((account: string, options: AsJson) => finish(api(), account, options, out));

  addQuarantine(line);

  const attachments = root.command('attachments').description('fetch the files of messages');
  asJson(
    attachments
      .command('retry <account>')
      .description('fetch failed attachments again: all of them, or those that the options select')
      .option('--brand <brand>', 'only those of this brand')
      .option('--message <message>', 'only those of this message')
      .option('--attachment <attachment>', 'only the one with this id'),
  ).action((account: string, options: AttachmentsRetry) => attachmentsRetry(api(), account, options, out));

  asJson(
    root
      .command('reset <account>')
      .description(
        'delete everything that a migration created, then start it again; only for development and test',
      )
      .option('--yes', 'confirm the deletion', false),
  ).action((account: string, options: AsJson & { yes: boolean }) => reset(api(), account, options, out));
}
