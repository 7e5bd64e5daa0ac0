import { type Command, Option } from 'commander';
import { type Listing, listing } from '../engine/command-line.js';
import { withExamples } from '../engine/help.js';
import type { KindCommandLine } from '../engine/kind.js';
import { printable, type Printing } from '../engine/terminal/output.js';
import type { Choice, Filter, QuarantineList, Waive } from './quarantine.js';

const loaded = () => import('./quarantine.js');

/** The commands for records that could not be imported. */
export function addQuarantine(line: KindCommandLine): void {
  const quarantine = line.root
    .command('quarantine')
    .description('show, retry, export and waive records that could not be imported');
  addReading(quarantine, line);
  addWriting(quarantine, line);
}

function addReading(quarantine: Command, { api, terminal: { out }, printer }: KindCommandLine): void {
  withExamples(
    listing(
      quarantine
        .command('groups <account>')
        .description('list quarantined records by root cause, each with what to do about it'),
    ),
    'quarantine groups acc_1',
  ).action(async (account: string, options: Listing) =>
    (await loaded()).quarantineGroups(api(), account, options, printer(options)),
  );
  withExamples(
    listing(
      filtered(
        quarantine.command('list <account>').description('list quarantined records, each with its reason'),
      ),
    ),
    'quarantine list acc_1 --open',
    'quarantine list acc_1 --table messages --reason direction --json',
  ).action(async (account: string, options: QuarantineList) =>
    (await loaded()).quarantineList(api(), account, options, printer(options)),
  );
  withExamples(
    printable(
      quarantine
        .command('show <account> <record>')
        .description('print one record, by number or key, as the source gave it'),
    ),
    'quarantine show acc_1 17',
  ).action(async (account: string, record: string, options: Printing) =>
    (await loaded()).quarantineShow(api(), account, record, printer(options)),
  );
  withExamples(
    filtered(
      quarantine
        .command('export <account>')
        .description('write quarantined records as NDJSON, one a line; leaves an audit row'),
    )
      .option('--raw', 'include the raw form, with the contents of messages', false)
      .option('--out <file>', 'file to write to; default: standard output'),
    'quarantine export acc_1 --raw --out acc_1.ndjson',
  ).action(async (account: string, options: Filter & { raw: boolean; out?: string }) =>
    (await loaded()).quarantineExport(api(), account, options, out),
  );
}

function addWriting(quarantine: Command, { api, printer }: KindCommandLine): void {
  withExamples(
    printable(
      chosen(
        quarantine
          .command('retry <account> [records...]')
          .description(
            'read records at the source again, and import those that are valid now; all of them unless some are named',
          ),
      ),
    ),
    'quarantine retry acc_1',
    'quarantine retry acc_1 17 18',
    'quarantine retry acc_1 --group 21ce02b7c895',
  ).action(async (account: string, records: string[], options: Printing & { group?: string }) =>
    (await loaded()).quarantineRetry(api(), account, choiceOf(records, options.group), printer(options)),
  );
  withExamples(
    printable(
      chosen(
        quarantine
          .command('waive <account> [records...]')
          .description('leave records out for good, with a reason; they no longer need a person'),
      )
        .option('--reason <words>', 'why; shown with your name, and certified')
        .option('--revoke', 'revoke the waivers', false),
    ),
    "quarantine waive acc_1 17 --reason 'Theirs: ticket 4711'",
    'quarantine waive acc_1 17 --revoke',
  ).action(async (account: string, records: string[], options: Waive & Printing & { group?: string }) =>
    (await loaded()).quarantineWaive(
      api(),
      account,
      choiceOf(records, options.group),
      options,
      printer(options),
    ),
  );
}

function chosen(command: Command): Command {
  return command.option('--group <group>', 'only records of this group; "quarantine groups" lists them');
}

function choiceOf(records: readonly string[], group: string | undefined): Choice {
  return {
    ...(records.length === 0 ? {} : { records }),
    ...(group === undefined ? {} : { group }),
  };
}

function filtered(command: Command): Command {
  return chosen(command)
    .addOption(
      new Option('--table <table>', 'only records of this source table').choices(['threads', 'messages']),
    )
    .option('--reason <words>', 'only records whose reason contains these words')
    .addOption(new Option('--waived', 'only waived records').conflicts('open'))
    .addOption(new Option('--open', 'only records that are not waived'));
}
