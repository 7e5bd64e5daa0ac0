import { type Command, Option } from 'commander';
import { asJson, type AsJson, type CommandLine, listing } from '../engine/command-line.js';
import {
  type Choice,
  type Filter,
  type QuarantineList,
  quarantineExport,
  quarantineGroups,
  quarantineList,
  quarantineRetry,
  quarantineShow,
  quarantineWaive,
} from './quarantine.js';

/** The commands for records that could not be taken. */
export function addQuarantine({ root, api, terminal }: CommandLine): void {
  const { out } = terminal;
  const quarantine = root.command('quarantine').description('records that could not be taken');
  listing(
    quarantine
      .command('groups <account>')
      .description('show them by root cause, each with what to do about it'),
  ).action((account: string, options: { limit: number; json: boolean }) =>
    quarantineGroups(api(), account, options, out),
  );
  listing(
    filtered(quarantine.command('list <account>').description('list them, each with the reason')),
  ).action((account: string, options: QuarantineList) => quarantineList(api(), account, options, out));
  quarantine
    .command('show <account> <record>')
    .description('show one, by its number or its key, in its raw form')
    .action((account: string, record: string) => quarantineShow(api(), account, record, out));
  chosenAsJson(
    quarantine
      .command('retry <account> [records...]')
      .description(
        'read them at the source again, and take those that can be taken now; all unless some are named',
      ),
  ).action((account: string, records: string[], { group, json }: AsJson & { group?: string }) =>
    quarantineRetry(api(), account, choiceOf(records, group), json, out),
  );
  filtered(
    quarantine
      .command('export <account>')
      .description('write them as NDJSON, one record a line; leaves an audit row'),
  )
    .option('--raw', 'with the raw form, contents of messages included', false)
    .option('--out <file>', 'where to; default standard output')
    .action((account: string, options: Filter & { raw: boolean; out?: string }) =>
      quarantineExport(api(), account, options, out),
    );
  chosenAsJson(
    quarantine
      .command('waive <account> [records...]')
      .description('leave records out for good, with a reason: they need no person any more'),
  )
    .option('--reason <words>', 'why; it is shown with your name, and certified')
    .option('--revoke', 'take waivers back', false)
    .action(
      (
        account: string,
        records: string[],
        options: AsJson & { group?: string; reason?: string; revoke: boolean },
      ) => quarantineWaive(api(), account, choiceOf(records, options.group), options, out),
    );
}

function chosen(command: Command): Command {
  return command.option('--group <group>', 'all of this group; "quarantine groups" lists them');
}

function chosenAsJson(command: Command): Command {
  return asJson(chosen(command));
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
      new Option('--table <table>', "only of this one of the source's tables").choices([
        'threads',
        'messages',
      ]),
    )
    .option('--reason <words>', 'only those whose reason has these words in it')
    .addOption(new Option('--waived', 'only those that somebody has waived').conflicts('open'))
    .addOption(new Option('--open', 'only those that nobody has waived'));
}
