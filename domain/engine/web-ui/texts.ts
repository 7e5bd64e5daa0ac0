/**
 * Texts for Temporal's Web UI, which renders summaries and details as Markdown: gomarkdown in the production server, CommonMark in the development
 * server. The command line and event lists show summaries unrendered.
 */

import { type Names, byteLength, displayName, fitted, onOneLine } from './business-names.js';
import { shortened } from '../ids.js';

/**
 * Temporal limits a stored summary to 400 bytes (`limit.userMetadataSummarySize`). Encryption adds up to 205 to the JSON string: nonce, tag and
 * labels, with a key id of 64 characters.
 */
const SUMMARY_BYTES = 180;
/** A name that is cut shorter is useless. */
const LEAST_BYTES = 10;

/** What a kind calls its subjects and units: `account` and `brand`. */
export interface SummaryWords {
  readonly subject: string;
  readonly unit: string;
}

export interface SummarySubject {
  readonly subject: string;
  /** Set for a workflow of a unit. */
  readonly unit?: string | undefined;
  /** As the business gave them, of any length. */
  readonly names?: Names | undefined;
}

/**
 * `Acme Dental (acc_1): …`, or for a unit `Acme Dental · North Clinic (br_1): …`, on one line within Temporal's limit. Says `Account acc_1` or `Brand br_1`
 * where the name is unknown, and omits the subject's name if its unit has the same. Cuts names before ids.
 */
export function summaryOf(words: SummaryWords, of: SummarySubject, what: string): string {
  const isUnit = of.unit !== undefined;
  const id = inMarkdown(shortened(of.unit ?? of.subject));
  const subject = displayName(of.names?.subject ?? '');
  const unit = isUnit ? displayName(of.names?.unit ?? '') : subject;
  const given = [subject === unit ? undefined : subject, unit];
  const write = ([above, own]: readonly (string | undefined)[]): string => {
    const whose =
      own === undefined
        ? `${capitalized(isUnit ? words.unit : words.subject)} ${id}`
        : `${inMarkdown(own)} (${id})`;
    return onOneLine(`${above === undefined ? '' : `${inMarkdown(above)} · `}${whose}: ${what}`);
  };
  const known = given.filter((name) => name !== undefined);
  const aroundNames = sizeOf(write(given.map((name) => name && 'x'))) - known.length;
  return fitted(write(sharing(given, SUMMARY_BYTES - aroundNames)), SUMMARY_BYTES, sizeOf);
}

/** Divides the room equally between the names; the unused room of a shorter name goes to the longer one. */
function sharing(names: readonly (string | undefined)[], room: number): (string | undefined)[] {
  const known = names.filter((name) => name !== undefined);
  const share = Math.floor(room / known.length);
  const spare = known.reduce((left, name) => left + Math.max(0, share - shownSize(name)), 0);
  if (share < LEAST_BYTES) return names.map(() => undefined);
  return names.map((name) => (name === undefined ? undefined : fitted(name, share + spare, shownSize)));
}

export function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The size as stored: a JSON string. */
function sizeOf(text: string): number {
  return byteLength(JSON.stringify(text)) - '""'.length;
}

function shownSize(name: string): number {
  return sizeOf(inMarkdown(name));
}

/** Characters that Markdown interprets anywhere in a line: emphasis, code, links, HTML, entities, mathematics. */
const SPECIAL =
  /[\\`*{}[\]<>~^|$]|&(?=#?\w+;)|:(?=\/\/)|(?<=mailto):|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/giu;
/** Characters that Markdown interprets at the beginning of a line: headings, lists, definitions. */
const LEADING = /^[#+:-]|(?<=^\d+)[.)]/;

/** Escapes the text for Markdown. Leaves underscores within words unescaped, and so ordinary ids. */
export function inMarkdown(text: string): string {
  return onOneLine(text).replaceAll(SPECIAL, '\\$&').replace(LEADING, '\\$&');
}

/** The shortened id as a code span that no backtick in it can close. */
export function asCode(id: string): string {
  const text = onOneLine(shortened(id));
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const gap = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${gap}${text}${gap}${fence}`;
}
