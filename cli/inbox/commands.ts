import { type Command, InvalidArgumentError, Option } from 'commander';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import type { ApiClient } from '../engine/api/client.js';
import { confirm, confirmWord } from '../engine/terminal/confirm.js';
import { withExamples } from '../engine/help.js';
import type { KindCommandLine } from '../engine/kind.js';
import { printable, type Printing } from '../engine/terminal/output.js';
import { EXIT, print } from '../engine/terminal/terminal.js';
import { endOf, lineOf, linesOf, type Migration, type Preview, previewLines } from './lines.js';

interface Source extends Printing {
  readonly account: string;
  readonly from: string;
}
interface Move extends Source {
  readonly to: string;
  readonly assignees?: string;
  readonly possibleMatches?: string;
  readonly previewId?: string;
  readonly confirm?: string;
}

const EVERY_MS = 1_000;
const WHERE = '--account 1 --from 5';

/** `carryover inbox …`: with Chatwoot's token, like Chatwoot's own people. */
export function addInbox({ root, apiWith, terminal, printer, outcome }: KindCommandLine): void {
  const group = root
    .command('inbox')
    .description("move an inbox's conversations to another inbox in Chatwoot");
  const api = (): ApiClient => connected(apiWith, terminal.environment);

  const preview = (options: Move) =>
    api().get<Preview>(`${pathOf(options)}/preview`, { destination_inbox_id: options.to });

  withExamples(
    between(group.command('preview').description('show what a move would do; changes nothing')),
    `inbox preview ${WHERE} --to 7`,
  ).action(async (options: Move) => {
    const found = await preview(options);
    await printer(options).show(found, () => previewLines(found));
  });

  withExamples(
    between(group.command('migrate').description('move the conversations to another inbox'))
      .addOption(
        new Option(
          '--assignees <what>',
          'what to do with assignees without access to the destination',
        ).choices([...['keep', 'unassign', 'add-to-inbox']]),
      )
      .addOption(
        new Option(
          '--possible-matches <what>',
          'what to do with numbers that may be the same person',
        ).choices([...['leave', 'merge']]),
      )
      .option('--preview-id <id>', 'refuse if anything has changed since this preview')
      .option('--confirm <word>', 'MIGRATE, in place of typing it'),
    `inbox migrate ${WHERE} --to 7 --confirm MIGRATE`,
  ).action(async (options: Move) => {
    const client = api();
    let shown = options.previewId;
    if (options.confirm === undefined) {
      const found = await preview(options);
      print(terminal.error, ...previewLines(found));
      shown ??= found.preview_id;
    }
    const what = `Conversations of inbox ${options.from} move to inbox ${options.to}.`;
    await confirmWord(what, 'MIGRATE', options.confirm, terminal);
    const started = await client.post<Migration>(pathOf(options), {
      destination_inbox_id: Number(options.to),
      ...(options.assignees !== undefined && { assignees: options.assignees }),
      ...(options.possibleMatches !== undefined && { possible_matches: options.possibleMatches }),
      ...(shown !== undefined && { preview_id: shown }),
    });
    await showStarted(options, started);
  });

  withExamples(
    from(group.command('list').description('list the migrations out of an inbox, newest first')).option(
      '--page <number>',
      'from 1, twenty each',
      id,
      '1',
    ),
    `inbox list ${WHERE}`,
  ).action(async (options: Source & { readonly page: string }) => {
    const found = await api().get<{ migrations: Migration[] }>(pathOf(options), { page: options.page });
    await printer(options).show(found.migrations, () =>
      found.migrations.length === 0 ? ['There are none.'] : found.migrations.map(lineOf),
    );
  });

  withExamples(
    from(group.command('show <migration>').description('show a migration')),
    `inbox show 12 ${WHERE}`,
  ).action(async (migration: string, options: Source) => {
    const found = await api().get<Migration>(`${pathOf(options)}/${id(migration)}`);
    await printer(options).show(found, () => linesOf(found));
  });

  withExamples(
    from(group.command('watch <migration>').description('show a migration until it has ended')),
    `inbox watch 12 ${WHERE}`,
  ).action(async (migration: string, options: Source) => {
    const client = api();
    const path = `${pathOf(options)}/${id(migration)}`;
    for (let last = ''; ;) {
      const found = await client.get<Migration>(path);
      const line = lineOf(found);
      const isForPrograms = await (line === last ? true : printer(options).data(found));
      if (!isForPrograms) print(terminal.out, line);
      last = line;
      const end = endOf(found);
      if (end !== undefined) {
        print(terminal.error, end.words);
        outcome.status = EXIT[end.how];
        return;
      }
      await terminal.clock.sleep(EVERY_MS, { signal: terminal.signal });
    }
  });

  withExamples(
    from(group.command('cancel <migration>').description('cancel a migration; what is moved stays moved')),
    `inbox cancel 12 ${WHERE}`,
  ).action(async (migration: string, options: Source) => {
    const found = await api().post<Migration>(`${pathOf(options)}/${id(migration)}/cancel`);
    await printer(options).show(found, () => linesOf(found));
  });

  withExamples(
    from(group.command('reverse <migration>').description('take back a migration that has ended')).option(
      '--yes',
      'do not ask',
    ),
    `inbox reverse 12 ${WHERE} --yes`,
  ).action(async (migration: string, options: Source & { readonly yes?: true }) => {
    const client = api();
    await confirm(`This takes back migration ${migration}.`, options.yes === true, terminal);
    await showStarted(options, await client.post<Migration>(`${pathOf(options)}/${id(migration)}/reverse`));
  });

  async function showStarted(options: Source, started: Migration): Promise<void> {
    if (await printer(options).data(started)) return;
    const { id: migration, source_inbox: source } = started;
    print(terminal.out, `Migration ${migration} is ${started.status}.`);
    const where = ['--account', options.account, '--from', String(source.id)];
    print(terminal.out, `Watch it with: ${carryoverCommand('inbox', 'watch', String(migration), ...where)}`);
  }
}

function from(command: Command): Command {
  return printable(
    command
      .requiredOption('--account <id>', 'the account in Chatwoot', id)
      .requiredOption('--from <inbox>', 'the id of the source inbox', id),
  );
}

function between(command: Command): Command {
  return from(command).requiredOption('--to <inbox>', 'the id of the destination', id);
}

function pathOf({ account, from: source }: Source): string {
  return `/api/v1/accounts/${account}/inboxes/${source}/migrations`;
}

function id(text: string): string {
  if (!/^[1-9][0-9]{0,18}$/.test(text)) throw new InvalidArgumentError('It must be a number.');
  return text;
}

function connected(
  apiWith: KindCommandLine['apiWith'],
  environment: Readonly<Record<string, string | undefined>>,
): ApiClient {
  const token = environment['CHATWOOT_API_ACCESS_TOKEN']?.trim();
  if (token === undefined || token === '')
    throw new ConfigurationError([
      "CHATWOOT_API_ACCESS_TOKEN is missing: an administrator's access token, from the profile settings in Chatwoot.",
    ]);
  return apiWith({
    headers: { api_access_token: token },
    nextSteps: {
      401: "Set CHATWOOT_API_ACCESS_TOKEN to the token of one of the account's administrators.",
      429: 'Wait a moment, then try again.',
      500: 'See the API’s log for the cause.',
    },
  });
}
