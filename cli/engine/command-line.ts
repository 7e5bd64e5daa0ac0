import { type Command, InvalidArgumentError } from 'commander';
import type { ApiClient } from './api-client.js';
import type { CliKinds } from './choose-kind.js';
import type { CliKind, KindCommandLine } from './kind.js';

/** What the commands need that every kind has. */
export interface CommandLine extends KindCommandLine {
  /** The API, and the kind that `--kind` names. Throws as `api` does, and CommandError for an unknown kind. */
  readonly ofKind: () => Promise<KindAtApi>;
  readonly kinds: CliKinds;
}

/** A kind of migration, and the API that has it. */
export interface KindAtApi {
  readonly api: ApiClient;
  readonly kind: CliKind;
}

/** The options of every command that lists. */
export function listing(command: Command): Command {
  return command
    .option('--limit <number>', 'maximum number of rows', wholeNumber, 50)
    .option('--json', 'print JSON', false);
}

/** The option of every command that can print the API's answer. */
export function asJson(command: Command): Command {
  return command.option('--json', "print the API's answer as JSON", false);
}

export interface AsJson {
  readonly json: boolean;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}
