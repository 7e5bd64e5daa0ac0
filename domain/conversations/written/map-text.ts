import { plainDecimal } from '../records/decimal.js';
import type { Notation } from './record-reader.js';

/** A map as `jsonb` text in UTF-8, which holds no escapes. */
export interface MapText {
  readonly bytes: Buffer;
  /** The member `recording_url`, if it is a string. */
  readonly recordingUrl: string | undefined;
}

/**
 * The same text as `jsonbText` gives for the map that is written in these bytes; undefined if the map needs the general way: one that needs escapes, a rare
 * type, a number that is written otherwise, or a repeated name.
 */
export function mapText(written: Buffer, notation: Notation): MapText | undefined {
  // Bytes as characters: text need not be decoded, and lengths and comparisons are those of UTF-8, as in the order of `jsonb`'s keys.
  let text = written.toString('latin1');
  if (text.includes('\\') && notation === 'typed') text = withFewEscapes(written);
  if (text.includes('\\')) return undefined;
  const writer = new MapWriter(text, notation === 'typed');
  const json = writer.map(0);
  if (writer.isRare) return undefined;
  return { bytes: Buffer.from(json, 'latin1'), recordingUrl: writer.recordingUrl };
}

/** DynamoDB Local escapes all but ASCII. Numbers must be written as strings. */
function withFewEscapes(written: Buffer): string {
  const text = JSON.stringify(JSON.parse(written.toString()));
  return Buffer.from(text).toString('latin1');
}

interface Member {
  readonly key: string;
  readonly json: string;
}

/** A double holds numbers with this many digits exactly. */
const EXACT_NUMBER = /^-?[\d.]{1,15}$/;
/** DynamoDB nests at most 32 levels. */
const DEEPEST = 100;

/** Reads text that is known to be valid JSON without escapes. */
class MapWriter {
  isRare = false;
  recordingUrl: string | undefined;
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly isTyped: boolean,
  ) {}

  map(depth: number): string {
    const members: Member[] = [];
    let last: Member | undefined;
    let isOrdered = true;
    while (this.enters(CLOSE_BRACE)) {
      const key = this.string();
      this.skip(COLON);
      const json = this.value(depth + 1);
      if (depth === 0 && key === '"recording_url"' && json.startsWith('"')) this.keepRecording(json);
      const member = { key, json };
      if (last !== undefined && this.order(last, member) > 0) isOrdered = false;
      members.push((last = member));
    }
    if (!isOrdered) members.sort((a, b) => this.order(a, b));
    let json = '';
    for (const member of members) json += `${json === '' ? '{' : ', '}${member.key}: ${member.json}`;
    return json === '' ? '{}' : `${json}}`;
  }

  private list(depth: number): string {
    let json = '';
    while (this.enters(CLOSE_BRACKET)) json += `${json === '' ? '[' : ', '}${this.value(depth + 1)}`;
    return json === '' ? '[]' : `${json}]`;
  }

  private value(depth: number): string {
    if (depth > DEEPEST) this.isRare = true;
    if (this.isRare) return this.giveUp();
    const next = this.next();
    if (!this.isTyped) return this.plainValue(next, depth);
    this.at += 1;
    const type = this.string();
    this.skip(COLON);
    this.next();
    const json = this.typedValue(type, depth);
    this.skip(CLOSE_BRACE);
    return json;
  }

  private typedValue(type: string, depth: number): string {
    switch (type) {
      case '"S"':
        return this.string();
      case '"N"':
        return plainDecimal(this.string().slice(1, -1)) ?? this.giveUp();
      case '"M"':
        return this.map(depth);
      case '"L"':
        return this.list(depth);
      case '"BOOL"':
        return this.word();
      case '"NULL"':
        this.word();
        return 'null';
      default:
        return this.giveUp();
    }
  }

  private plainValue(next: number, depth: number): string {
    if (next === QUOTE) return this.string();
    if (next === OPEN_BRACE) return this.map(depth);
    if (next === OPEN_BRACKET) return this.list(depth);
    const word = this.word();
    const isExact = next > NINE || (EXACT_NUMBER.test(word) && String(Number(word)) === word);
    return isExact ? word : this.giveUp();
  }

  /** Moves to the next member, past the opening or a comma; false, and past the closing one, if there is none. */
  private enters(closing: number): boolean {
    if (this.isRare) return false;
    this.next();
    this.at += 1;
    const opening = this.text.charCodeAt(this.at - 1);
    if (opening === closing) return false;
    if (this.next() !== closing) return true;
    this.at += 1;
    return false;
  }

  /** A string with its quotes, which `jsonb` writes in the same way. */
  private string(): string {
    const from = this.at;
    this.at = this.text.indexOf('"', from + 1) + 1;
    return this.text.slice(from, this.at);
  }

  /** A number, `true`, `false` or `null`. */
  private word(): string {
    const from = this.at;
    while (isWord(this.text.charCodeAt(this.at))) this.at += 1;
    return this.text.slice(from, this.at);
  }

  /** The next character that is no white space; moves to it. */
  private next(): number {
    let character = this.text.charCodeAt(this.at);
    while (character <= SPACE) {
      this.at += 1;
      character = this.text.charCodeAt(this.at);
    }
    return character;
  }

  private skip(character: number): void {
    if (this.next() === character) this.at += 1;
    else this.isRare = true;
    this.next();
  }

  private order(a: Member, b: Member): number {
    if (a.key.length !== b.key.length) return a.key.length - b.key.length;
    // `JSON.parse` would keep the last of two members with one name.
    if (a.key === b.key) this.isRare = true;
    return a.key < b.key ? -1 : 1;
  }

  private keepRecording(json: string): void {
    this.recordingUrl = Buffer.from(json.slice(1, -1), 'latin1').toString();
  }

  private giveUp(): string {
    this.isRare = true;
    return '';
  }
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function isWord(character: number): boolean {
  return character > SPACE && character !== COMMA && character !== CLOSE_BRACE && character !== CLOSE_BRACKET;
}
