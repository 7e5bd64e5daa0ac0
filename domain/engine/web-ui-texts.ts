/**
 * Texts for Temporal's Web UI, which shows summaries and details as Markdown: gomarkdown in the server that Temporal ships, CommonMark
 * in the one for development. The command line and lists of events show summaries as they are written.
 */

import { type BusinessNames, byteLength, displayName, fitted, onOneLine } from './business-names.js';
import { shortened } from './ids.js';

/**
 * Temporal takes 400 bytes (`limit.userMetadataSummarySize`) for a summary as it is stored. Encryption adds up to 205 to the JSON
 * string: nonce, tag and labels, with a key id of 64 characters.
 */
const SUMMARY_BYTES = 180;
/** A name that is cut to less is of no use. */
const LEAST_BYTES = 10;

export interface SummarySubject {
  readonly accountId: string;
  /** Of a workflow about a brand. */
  readonly brandId?: string | undefined;
  /** As the business has given them, of any length. */
  readonly names?: BusinessNames | undefined;
}

/**
 * `Acme Dental (acc_1): …`, or for a brand `Acme Dental · North Clinic (br_1): …`, on one line and within Temporal's limit. Leaves out
 * names that are not known, and the account's if its brand has the same. Cuts names before ids.
 */
export function summaryOf({ accountId, brandId, names = {} }: SummarySubject, what: string): string {
  const isBrand = brandId !== undefined;
  const id = inMarkdown(shortened(brandId ?? accountId));
  const account = displayName(names.account ?? '');
  const brand = isBrand ? displayName(names.brand ?? '') : account;
  const given = [account === brand ? undefined : account, brand];
  const write = ([above, own]: readonly (string | undefined)[]): string => {
    const subject =
      own === undefined ? `${isBrand ? 'Brand' : 'Account'} ${id}` : `${inMarkdown(own)} (${id})`;
    return onOneLine(`${above === undefined ? '' : `${inMarkdown(above)} · `}${subject}: ${what}`);
  };
  const known = given.filter((name) => name !== undefined);
  const aroundNames = sizeOf(write(given.map((name) => name && 'x'))) - known.length;
  return fitted(write(sharing(given, SUMMARY_BYTES - aroundNames)), SUMMARY_BYTES, sizeOf);
}

/** Gives each name an equal share of the room, and the rest of a shorter name's share to the longer one. */
function sharing(names: readonly (string | undefined)[], room: number): (string | undefined)[] {
  const known = names.filter((name) => name !== undefined);
  const share = Math.floor(room / known.length);
  const spare = known.reduce((left, name) => left + Math.max(0, share - shownSize(name)), 0);
  if (share < LEAST_BYTES) return names.map(() => undefined);
  return names.map((name) => (name === undefined ? undefined : fitted(name, share + spare, shownSize)));
}

/** As it is stored: a JSON string. */
function sizeOf(text: string): number {
  return byteLength(JSON.stringify(text)) - '""'.length;
}

function shownSize(name: string): number {
  return sizeOf(inMarkdown(name));
}

/** What would be read as Markdown anywhere in a line: emphasis, code, links, HTML, entities, mathematics. */
const SPECIAL =
  /[\\`*{}[\]<>~^|$]|&(?=#?\w+;)|:(?=\/\/)|(?<=mailto):|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/giu;
/** At the beginning of a line: headings, lists, definitions. */
const LEADING = /^[#+:-]|(?<=^\d+)[.)]/;

/** Escapes the text, so that Markdown shows it as it is. Leaves underscores within words alone, and so ordinary ids. */
export function inMarkdown(text: string): string {
  return onOneLine(text).replaceAll(SPECIAL, '\\$&').replace(LEADING, '\\$&');
}

/** The id, shortened, as a code span that no backtick in it can end. */
export function asCode(id: string): string {
  const text = onOneLine(shortened(id));
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const gap = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${gap}${text}${gap}${fence}`;
}
