import { carryoverCommand } from '../../domain/engine/commands.js';
import type { SlackMessage } from '../../domain/engine/report-slack.js';
import { DEFAULT_KIND } from '../../domain/kinds.js';
import type { CommandLine } from './command-line.js';
import { CommandError, EXIT, type Output, type Terminal } from './terminal.js';

/** What may be asked for of one migration. */
export const STEERINGS = {
  pause: 'pause a migration; its work stops within one batch',
  resume: 'let a paused migration go on',
  cancel: 'end a migration; what is done stays, and it can be started again',
  retry: 'try again what has failed, and only that',
  undo: 'take a migration back, where its kind can',
} as const;
export type Steering = keyof typeof STEERINGS;

/**
 * What the command line needs to show and steer one kind of migration. `View` is what the API answers of one migration. A kind leaves
 * out what it does not have.
 */
export interface CliKind<View extends object = object> {
  readonly name: string;
  /** What a key names, for people: `account`. */
  readonly subject: string;
  /** The words that `list --status` takes. */
  readonly statuses: readonly string[];
  /** The words that `failures --only` takes. */
  readonly failureKinds: readonly string[];
  readonly calls: KindCalls;
  /** What became of a migration that was steered, where that is not the same for all kinds. */
  steered?(action: Steering, status: string): string | undefined;
  /** One migration as it stands, for people. */
  show(view: View, terminal: Terminal): void;
  /** Shows a migration as it changes. */
  openDisplay(terminal: Terminal): KindDisplay<View>;
  /** How a migration has ended; undefined while it is under way or has not begun. */
  endOf(view: View): MigrationEnd | undefined;
  readonly verification?: KindVerification<View>;
  readonly report?: KindReport;
  /** Adds the commands that no other kind has. */
  addCommands?(line: CommandLine): void;
}

/** Where the API has a kind's migrations, and what it calls their fields. */
export interface KindCalls {
  /** The path of the list. */
  readonly migrations: string;
  failures(key: string | undefined): KindCall;
  audit(key: string): KindCall;
  readonly report: string;
  readonly fields: { readonly key: string; readonly status: string };
  readonly steerings: readonly Steering[];
}

export interface KindCall {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

export interface KindDisplay<View> {
  update(view: View): void;
  end(): void;
}

export interface MigrationEnd {
  readonly how: 'fine' | 'attention' | 'failed';
  readonly words: string;
}

export interface KindVerification<View> {
  openProgress(out: Output): { show(view: View): void; end(): void };
  /** Undefined while one is under way. */
  ended(view: View): EndedVerification | undefined;
}

export interface EndedVerification {
  readonly isEqual: boolean;
  /** As the API gives it. */
  readonly result: object;
  lines(width: number | undefined): string[];
}

/** What needs a person, of all migrations, in the forms that it is sent in. */
export interface KindReport {
  table(found: object, width: number | undefined): string[];
  markdown(found: object): string;
  slack(found: object): SlackMessage;
}

/** The calls that every kind has. */
export function callsOf(kind: string, steerings: readonly Steering[]): KindCalls {
  const root = `/v2/kinds/${kind}`;
  const of = (key: string, what: string) => `${root}/migrations/${encodeURIComponent(key)}/${what}`;
  return {
    migrations: `${root}/migrations`,
    failures: (key) => ({ path: key === undefined ? `${root}/failures` : of(key, 'failures') }),
    audit: (key) => ({ path: of(key, 'audit') }),
    report: `${root}/report`,
    fields: { key: 'key', status: 'status' },
    steerings,
  };
}

/** The path of one migration, or of what belongs to it. */
export function migrationPath({ calls }: CliKind, key: string, what?: string): string {
  const path = `${calls.migrations}/${encodeURIComponent(key)}`;
  return what === undefined ? path : `${path}/${what}`;
}

/** The value of a field whose name depends on the kind. */
export function textIn(answer: object, field: string): string {
  const value = (answer as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' ? value : '';
}

/** Throws CommandError for an option's value that is none of the kind's words. */
export function assertWord(option: string, word: string | undefined, words: readonly string[]): void {
  if (word === undefined || words.includes(word)) return;
  throw new CommandError(`${option} is one of ${words.join(', ')}.`, EXIT.usage);
}

/** A command about this kind's migrations, as a person types it. */
export function kindCommand({ name }: CliKind, ...words: readonly string[]): string {
  return carryoverCommand(...words, ...(name === DEFAULT_KIND ? [] : ['--kind', name]));
}
