import { InvalidArgumentError, Option } from 'commander';
import { CONVERSATIONS } from '../../domain/conversations/migration.js';
import { wholeNumber } from '../engine/command-line.js';
import type { WaveWish } from '../engine/commands/waves.js';
import { confirm } from '../engine/terminal/confirm.js';
import { withExamples } from '../engine/help.js';
import type { KindCommandLine } from '../engine/kind.js';
import { printable, type Printing } from '../engine/terminal/output.js';
import { CommandError, EXIT } from '../engine/terminal/terminal.js';
import type { AttachmentsRetry } from './failed.js';
import { addQuarantine } from './quarantine-commands.js';

interface Confirmable extends Printing {
  readonly yes: boolean;
}

/** The commands that only this kind has. */
export function addConversations(line: KindCommandLine): void {
  const { root, api, terminal, printer } = line;
  addStart(line);
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
          'end following with a last verification and repair; later changes at the source are not imported; safe to repeat',
        )
        .option('--yes', 'do not ask', false),
    ),
    'finish acc_1',
    'finish acc_1 --yes',
  ).action(async (account: string, { yes, ...options }: Confirmable) => {
    await confirm(
      `Changes at the source after the last verification of ${account} will not be imported, and following cannot begin again.`,
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

function addStart({ root, api, terminal, outcome, printer }: KindCommandLine): void {
  withExamples(
    printable(
      root
        .command('start [account]')
        .description(
          'start a migration, or continue it after a failure or a cancel; with --file or --all many of them, as a wave; safe to repeat',
        )
        .option('--file <path>', 'the accounts of a file, one in each line; - for standard input')
        .addOption(new Option('--all', 'all accounts of a status').conflicts('file'))
        .option('--status <status>', 'with --all: which ones', 'pending')
        .option('--at-once <number>', 'of a wave: how many may run at once', wholeNumber, 5)
        .option(
          '--window <hours>',
          "of a wave: hours in which accounts may be started, '22:00–06:00 Europe/Berlin'",
        )
        .option('--stop-above <percent>', 'of a wave: stop when more than this share has failed', percentage)
        .addOption(
          new Option('--order <order>', 'of --file: as it is, or by the accounts’ ids')
            .choices(['given', 'key'])
            .default('given'),
        )
        .option('--key <key>', 'of a wave: its name; a repeated start with the same name finds the wave'),
    ),
    'start acc_1 && carryover watch acc_1',
    "start --file accounts.txt --at-once 20 --window '22:00–06:00 Europe/Berlin' --stop-above 5",
    'start --all --status pending --at-once 20',
  ).action(async (account: string | undefined, options: WaveWish & Printing) => {
    const isWave = options.file !== undefined || options.all === true;
    if (isWave === (account !== undefined))
      throw new CommandError('Name an account, or --file, or --all.', EXIT.usage);
    if (account !== undefined) {
      const { start } = await import('./start.js');
      outcome.status = await start(api(), account, printer(options));
      return;
    }
    const { startWave } = await import('../engine/commands/waves.js');
    await startWave(api(), CONVERSATIONS, options, printer(options), terminal);
  });
}

function percentage(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError('It must be a number from 0 to 100.');
  return value;
}
