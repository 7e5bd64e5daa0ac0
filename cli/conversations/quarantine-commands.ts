import { type Command, Option } from 'commander';
import { asJson, type AsJson, listing } from '../engine/command-line.js';
import type { KindCommandLine } from '../engine/kind.js';
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

/** The commands for records that could not be imported. */
export function addQuarantine({ root, api, terminal }: KindCommandLine): void {
  const { out } = terminal;
  const quarantine = root
    .command('quarantine')
    .description('show, retry, export and waive records that could not be imported');
  listing(
    quarantine
      .command('groups <account>')
      .description('list quarantined records by root cause, each with what to do about it'),
  ).action((account: string, options: { limit: number; json: boolean }) =>
    quarantineGroups(api(), account, options, out),
  );
  listing(
    filtered(
      quarantine.command('list <account>').description('list quarantined records, each with its reason'),
    ),
  ).action((account: string, options: QuarantineList) => quarantineList(api(), account, options, out));
  quarantine
    .command('show <account> <record>')
    .description('print one record, by number or key, as the source gave it')
    .action((account: string, record: string) => quarantineShow(api(), account, record, out));
  chosenAsJson(
    quarantine
      .command('retry <account> [records...]')
      .description(
        'read records at the source again, and import those that are valid now; all of them unless some are named',
      ),
  ).action((account: string, records: string[], { group, json }: AsJson & { group?: string }) =>
    quarantineRetry(api(), account, choiceOf(records, group), json, out),
  );
  filtered(
    quarantine
      .command('export <account>')
      .description('write quarantined records as NDJSON, one a line; leaves an audit row'),
  )
    .option('--raw', 'include the raw form, with the contents of messages', false)
    .option('--out <file>', 'file to write to; default: standard output')
    .action((account: string, options: Filter & { raw: boolean; out?: string }) =>
      quarantineExport(api(), account, options, out),
    );
  chosenAsJson(
    quarantine
      .command('waive <account> [records...]')
      .description('leave records out for good, with a reason; they no longer need a person'),
  )
    .option('--reason <words>', 'why; shown with your name, and certified')
    .option('--revoke', 'revoke the waivers', false)
    .action(
      (
        account: string,
        records: string[],
        options: AsJson & { group?: string; reason?: string; revoke: boolean },
      ) => quarantineWaive(api(), account, choiceOf(records, options.group), options, out),
    );
}

function chosen(command: Command): Command {
  return command.option('--group <group>', 'only records of this group; "quarantine groups" lists them');
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
      new Option('--table <table>', 'only records of this source table').choices(['threads', 'messages']),
    )
    .option('--reason <words>', 'only records whose reason contains these words')
    .addOption(new Option('--waived', 'only waived records').conflicts('open'))
    .addOption(new Option('--open', 'only records that are not waived'));
}
