import { confirm } from '../engine/confirm.js';
import { withExamples } from '../engine/help.js';
import type { KindCommandLine } from '../engine/kind.js';
import { printable, type Printing } from '../engine/output.js';
import type { AttachmentsRetry } from './failed.js';
import { addQuarantine } from './quarantine-commands.js';

interface Confirmable extends Printing {
  readonly yes: boolean;
}

/** The commands that only this kind has. */
export function addConversations(line: KindCommandLine): void {
  const { root, api, terminal, outcome, printer } = line;
  withExamples(
    printable(
      root
        .command('start <account>')
        .description('start a migration, or continue it after a failure or a cancel; safe to repeat'),
    ),
    'start acc_1 && carryover watch acc_1',
  ).action(async (account: string, options: Printing) => {
    const { start } = await import('./start.js');
    outcome.status = await start(api(), account, printer(options));
  });
  withExamples(
    printable(
      root
        .command('account <account>')
        .description('show an account with its brands and channels, as apps see it'),
    ),
    'account acc_1',
  ).action(async (account: string, options: Printing) => {
    const { showAccount } = await import('./account.js');
    await showAccount(api(), account, printer(options));
  });
  withExamples(
    printable(
      root
        .command('finish <account>')
        .description(
          'end following: a last verification with repair, after which changes at the source no longer show; safe to repeat',
        )
        .option('--yes', 'do not ask', false),
    ),
    'finish acc_1',
    'finish acc_1 --yes',
  ).action(async (account: string, { yes, ...options }: Confirmable) => {
    await confirm(
      `What changes at the source after the last verification of ${account} will not come, and following cannot begin again.`,
      yes,
      terminal,
    );
    const { finish } = await import('./finish.js');
    await finish(api(), account, printer(options));
  });

  addQuarantine(line);

  const attachments = root.command('attachments').description('fetch the files of messages');
  withExamples(
    printable(
      attachments
        .command('retry <account>')
        .description('fetch failed attachments again: all of them, or those that the options select')
        .option('--brand <brand>', 'only those of this brand')
        .option('--message <message>', 'only those of this message')
        .option('--attachment <attachment>', 'only the one with this id'),
    ),
    'attachments retry acc_1',
    'attachments retry acc_1 --brand br_1',
  ).action(async (account: string, options: AttachmentsRetry & Printing) => {
    const { attachmentsRetry } = await import('./failed.js');
    await attachmentsRetry(api(), account, options, printer(options));
  });

  withExamples(
    printable(
      root
        .command('reset <account>')
        .description(
          'delete everything that a migration created, then start it again; only for development and test',
        )
        .option('--yes', 'do not ask', false),
    ),
    'reset acc_1 --yes',
  ).action(async (account: string, { yes, ...options }: Confirmable) => {
    await confirm(
      `A reset deletes everything that the migration of ${account} created, and starts it again.`,
      yes,
      terminal,
    );
    const { reset } = await import('./failed.js');
    await reset(api(), account, printer(options));
  });
}
