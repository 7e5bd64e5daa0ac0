import { type Command, InvalidArgumentError } from 'commander';
import type { ApiClient } from './api/client.js';
import type { CliKinds } from './choose-kind.js';
import type { CliKind, KindCommandLine } from './kind.js';
import { printable, type Printing } from './terminal/output.js';

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
  return printable(command.option('--limit <number>', 'maximum number of rows', wholeNumber, 50));
}

export interface Listing extends Printing {
  readonly limit: number;
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}
