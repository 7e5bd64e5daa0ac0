import type { CommandLine } from '../command-line.js';
import { withExamples } from '../help.js';
import { printable, type Printing } from '../terminal/output.js';

/** The commands that connect to the store itself, at DATABASE_URL, and not to the API. */
export function addDatabase({ root, terminal, outcome, printer }: CommandLine): void {
  const db = root.command('db').description("create or upgrade the store's schema, at DATABASE_URL");
  withExamples(
    printable(
      db
        .command('migrate')
        .description('apply the missing migrations; safe to repeat and to run several times at once'),
    ),
    'db migrate',
  ).action(async (options: Printing) => {
    const { migrate } = await import('../commands/database.js');
    await migrate(printer(options), terminal);
  });
  withExamples(
    printable(
      db
        .command('status')
        .description('show the missing migrations; exits with 0 if none is missing, 1 otherwise'),
    ),
    'db status',
    'db status --json',
  ).action(async (options: Printing) => {
    const { standing } = await import('../commands/database.js');
    outcome.status = await standing(printer(options), terminal);
  });
}
