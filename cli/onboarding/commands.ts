import { InvalidArgumentError } from 'commander';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { withExamples } from '../engine/help.js';
import type { CliKind, KindCommandLine } from '../engine/kind.js';
import { printable, type Printer, type Printing } from '../engine/terminal/output.js';
import { CommandError, EXIT, print } from '../engine/terminal/terminal.js';

const ROOT = '/api/v1/onboarding/migration';
const EXAMPLE = '0b8f5c1e-6a57-4d0c-9a53-3d9a0f6f3c11';

interface Started {
  readonly migration_id: string;
  readonly total_users: number;
}

interface Migrate extends Printing {
  readonly all?: true;
  readonly batchSize?: number;
  readonly dryRun?: true;
}

/** `carryover onboarding …`. */
export function addOnboarding(
  { root, api, terminal, printer, outcome }: KindCommandLine,
  kind: CliKind,
): void {
  const group = root
    .command('onboarding')
    .description('migrate users from legacy onboarding columns to sessions');

  withExamples(
    printable(
      group
        .command('migrate [users...]')
        .description('migrate these users, or all legacy users')
        .option('--all', 'all legacy users')
        .option('--batch-size <users>', 'users in a batch, 1 to 500; default: 50', whole)
        .option('--dry-run', 'change nothing; the results say what would happen'),
    ),
    'onboarding migrate --all --dry-run',
    `onboarding migrate ${EXAMPLE}`,
  ).action(async (users: string[], options: Migrate) => {
    if (users.length > 0 === (options.all === true))
      throw new CommandError('Name users, or say --all.', EXIT.usage);
    const answer = await api().post<Started>(`${ROOT}/migrate`, {
      ...(options.all ? { all: true } : { user_ids: users }),
      ...(options.batchSize !== undefined && { batch_size: options.batchSize }),
      ...(options.dryRun && { dry_run: true }),
    });
    await showStarted(answer, printer(options));
  });

  withExamples(
    printable(
      group
        .command('rollback <users...>')
        .description('roll these users back to their legacy columns')
        .option('--force', 'even users with new activity in the new session, which is lost'),
    ),
    `onboarding rollback ${EXAMPLE}`,
  ).action(async (users: string[], { force = false, ...options }: Printing & { force?: boolean }) => {
    await showStarted(
      await api().post<Started>(`${ROOT}/rollback`, { user_ids: users, force }),
      printer(options),
    );
  });

  withExamples(
    printable(
      group
        .command('validate <user>')
        .description(
          "compare a migrated user's data with what the migration wrote; exits with 1 if they differ",
        ),
    ),
    `onboarding validate ${EXAMPLE}`,
  ).action(async (user: string, options: Printing) => {
    const answer = await api().get<{ readonly valid: boolean }>(
      `${ROOT}/validate/${encodeURIComponent(user)}`,
    );
    await show(answer, printer(options));
    if (!answer.valid) outcome.status = EXIT.failed;
  });

  withExamples(
    printable(
      group.command('rebuild <user>').description("fill a session's keys in Redis again from PostgreSQL"),
    ),
    `onboarding rebuild ${EXAMPLE}`,
  ).action(async (user: string, options: Printing) =>
    show(await api().post<object>(`${ROOT}/rebuild/${encodeURIComponent(user)}`), printer(options)),
  );

  for (const [name, description] of [
    ['stats', 'count users and migrations'],
    ['progress', 'show the progress of the running migrations'],
  ] as const)
    withExamples(printable(group.command(name).description(description)), `onboarding ${name}`).action(
      async (options: Printing) => show(await api().get<object>(`${ROOT}/${name}`), printer(options)),
    );

  withExamples(
    printable(
      group
        .command('watch <migration>')
        .description('show progress until a migration ends; exits with 3 if users failed'),
    ),
    `onboarding watch ${EXAMPLE}`,
  ).action(async (id: string, options: Printing) => {
    const { watch } = await import('../engine/commands/watch.js');
    outcome.status = await watch({ api: api(), kind }, id, printer(options), terminal);
  });
}

async function showStarted(answer: Started, printer: Printer): Promise<void> {
  if (await printer.data(answer)) return;
  const { migration_id: id, total_users: users } = answer;
  print(printer.out, `Migration ${id} of ${users} users is started.`);
  print(printer.out, `Watch it with: ${carryoverCommand('onboarding', 'watch', id)}`);
}

async function show(answer: object, printer: Printer): Promise<void> {
  if (!(await printer.data(answer))) print(printer.out, JSON.stringify(answer, undefined, 2));
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
