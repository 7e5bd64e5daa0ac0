import { type Command, InvalidArgumentError } from 'commander';
import type { ApiClient } from './api-client.js';
import type { CliKind } from './kind.js';
import type { Terminal } from './terminal.js';

/** What a group of commands is added to, and what its commands work with. */
export interface CommandLine {
  readonly root: Command;
  /** Throws ConfigurationError where address or token are missing: only commands that need the API ask for it. */
  readonly api: () => ApiClient;
  /** The API, and the kind that `--kind` names. Errors as of `api`; CommandError for a kind that is not there. */
  readonly ofKind: () => Promise<KindAtApi>;
  readonly terminal: Terminal;
  /** The exit status when nothing is thrown. */
  readonly outcome: { status: number };
}

/** A kind of migration, and the API that has it. */
export interface KindAtApi {
  readonly api: ApiClient;
  readonly kind: CliKind;
}

/** The options of every command that lists. */
export function listing(command: Command): Command {
  return command
    .option('--limit <number>', 'how many at most', wholeNumber, 50)
    .option('--json', 'as JSON', false);
}

/** The option of every command that answers with what the API answered. */
export function asJson(command: Command): Command {
  return command.option('--json', "the API's answer as it is", false);
}

export interface AsJson {
  readonly json: boolean;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}
