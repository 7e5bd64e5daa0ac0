import type { Command } from 'commander';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import type { CertificateForm, Statement } from '../../domain/engine/proof/certificate.js';
import type { SlackMessage } from '../../domain/engine/failures/slack-blocks.js';
import { DEFAULT_KIND } from '../../domain/kinds.js';
import type { Check } from '../doctor/check.js';
import type { ApiClient, ApiClientOptions } from './api/client.js';
import { nearest } from './nearest.js';
import type { Printer, Printing } from './terminal/output.js';
import { CommandError, EXIT, type Output, type Terminal } from './terminal/terminal.js';

/** The commands that steer one migration, with their help. */
export const STEERINGS = {
  pause: 'pause a migration; its work stops within one batch',
  resume: 'resume a paused migration',
  cancel: 'cancel a migration; finished work stays, and it can be started again',
  retry: 'retry failed work, and nothing else',
  undo: 'undo a migration, if its kind supports it',
} as const;
export type Steering = keyof typeof STEERINGS;

/**
 * What the command line needs to show and steer one kind of migration. `View` is the API's answer for one migration. A kind omits what it
 * does not have.
 */
export interface CliKind<View extends object = object> {
  readonly name: string;
  /** What a key identifies, as shown to people: `account`. */
  readonly subject: string;
  /** The values of `list --status`. */
  readonly statuses: readonly string[];
  /** The values of `failures --only`. */
  readonly failureKinds: readonly string[];
  readonly calls: KindCalls;
  /** The outcome of steering, in words, if it differs from the common one: `is done; ports that had failed are ordered again`. */
  steered?(action: Steering, status: string): string | undefined;
  /** Prints one migration for people. */
  show(view: View, printer: Printer): Promise<void>;
  // Loaded only by the commands that need it, so that the others start sooner.
  watching(): Promise<KindWatching<View>>;
  verification?(): Promise<KindVerification<View>>;
  certificates?(): Promise<KindCertificates>;
  report?(): Promise<KindReport>;
  /** What `carryover doctor` checks for this kind beside what all kinds need, such as the kind's own database. */
  checks?(): Promise<readonly Check[]>;
  /** Adds the commands that only this kind has. */
  addCommands?(line: KindCommandLine): void;
}

export interface KindWatching<View extends object> {
  /** Opens a display that shows a migration while it changes. */
  openDisplay(terminal: Terminal): KindDisplay<View>;
  /** How a migration ended; undefined while it runs or has not begun. */
  endOf(view: View): MigrationEnd | undefined;
}

/** The root that a group adds its commands to, and what those commands need. */
export interface KindCommandLine {
  readonly root: Command;
  /** Throws ConfigurationError if the address or the token is missing, so only commands that need the API call it. The signal ends its
   * requests; without one Ctrl-C alone does. */
  readonly api: (signal?: AbortSignal) => ApiClient;
  /** The same address with other headers in place of a token. Throws ConfigurationError if the address is invalid. */
  readonly apiWith: (given: Pick<ApiClientOptions, 'headers' | 'nextSteps'>) => ApiClient;
  readonly terminal: Terminal;
  /** How a command with these options prints. */
  readonly printer: (options: Printing) => Printer;
  /** The exit status when nothing is thrown. */
  readonly outcome: { status: number };
}

/** The API's paths for a kind's migrations, and the names of their fields. */
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
  /** Undefined while a verification runs. */
  ended(view: View): EndedVerification | undefined;
}

export interface EndedVerification {
  readonly isEqual: boolean;
  /** As in the API's answer. */
  readonly result: object;
  lines(width: number | undefined): string[];
}

/** How the kind's certificates are checked and shown. */
export interface KindCertificates<Of extends Statement = Statement> {
  readonly form: CertificateForm<Of>;
  /** What a certificate states beyond the checked steps. */
  contents(statement: Of): string[];
}

/** Formats the report of what needs a person for each place that it is sent to. */
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

/** The path of one migration, or of its resource `what`. */
export function migrationPath({ calls }: CliKind, key: string, what?: string): string {
  const path = `${calls.migrations}/${encodeURIComponent(key)}`;
  return what === undefined ? path : `${path}/${what}`;
}

/** The value of a field whose name depends on the kind. */
export function textIn(answer: object, field: string): string {
  const value = (answer as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' ? value : '';
}

/** Throws CommandError for an option's value that the kind does not have. */
export function assertWord(option: string, word: string | undefined, words: readonly string[]): void {
  if (word === undefined || words.includes(word)) return;
  throw new CommandError(`${option} is one of ${words.join(', ')}.${nearest(word, words)}`, EXIT.usage);
}

/** A command for this kind's migrations, as a person types it. */
export function kindCommand({ name }: CliKind, ...words: readonly string[]): string {
  return carryoverCommand(...words, ...(name === DEFAULT_KIND ? [] : ['--kind', name]));
}
