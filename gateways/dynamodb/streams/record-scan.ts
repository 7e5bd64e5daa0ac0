import type { Hint } from '../../../domain/conversations/following/hints.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../../../domain/conversations/written/ascii.js';
import { JsonScanner } from '../../../domain/conversations/written/json-scanner.js';
import type { SourceTable } from '../client.js';
import { passOver } from './pass-over.js';
import { type BrandIndex, bytesOf, type ScannedRecords, written } from './scanned-records.js';

/**
 * Finds the changes of followed brands. Changes of accounts that nobody migrates cost a microsecond or two: an answer that names no followed brand is
 * not scanned, and a scan creates no object and decodes no text for others. Throws SyntaxError for anything but an answer of GetRecords.
 */
export function scanRecords(answer: Buffer, table: SourceTable, brands: BrandIndex): ScannedRecords {
  const passed = passOver(answer, brands);
  if (passed) return passed;
  const { count, hints, last, next } = new Scan(answer, table, brands).run();
  return { count, hints, last, next };
}

const RECORDS = written('Records');
const NEXT = written('NextShardIterator');
const DYNAMODB = written('dynamodb');
const KEYS = written('Keys');
const NEW = written('NewImage');
const OLD = written('OldImage');
const SEQUENCE = written('SequenceNumber');
const CREATED = written('ApproximateCreationDateTime');
const BRAND = written('brand_id');
const STRING = written('S');

class Scan {
  count = 0;
  readonly hints: Hint[] = [];
  next: string | undefined;
  private readonly scanner: JsonScanner;
  /** Where these parts of the last record begin; -1 without the part. */
  private sequenceAt = -1;
  private createdAt = -1;
  private keysAt = -1;

  constructor(
    bytes: Buffer,
    private readonly table: SourceTable,
    private readonly brands: BrandIndex,
  ) {
    this.scanner = new JsonScanner(bytes);
  }

  run(): this {
    const { scanner } = this;
    scanner.skipSpace();
    this.members((name) => {
      if (this.is(name, RECORDS)) this.records();
      else if (this.is(name, NEXT)) this.next = (this.value() as string | null) ?? undefined;
      else scanner.skipValue();
    });
    if (scanner.at !== scanner.bytes.length) scanner.fail();
    return this;
  }

  get last(): ScannedRecords['last'] {
    if (this.count === 0) return undefined;
    const sequence = this.valueAt(this.sequenceAt) as string;
    const seconds = this.createdAt < 0 ? undefined : Number(this.valueAt(this.createdAt));
    return { sequence, createdAt: seconds === undefined ? undefined : new Date(seconds * 1_000) };
  }

  private records(): void {
    const { scanner } = this;
    scanner.expect(OPEN_BRACKET);
    if (scanner.skips(CLOSE_BRACKET)) return;
    do {
      [this.sequenceAt, this.createdAt] = [-1, -1];
      this.members((name) => {
        if (this.is(name, DYNAMODB)) this.change();
        else scanner.skipValue();
      });
      if (this.sequenceAt < 0) scanner.fail();
      this.count += 1;
    } while (scanner.skips(COMMA));
    scanner.expect(CLOSE_BRACKET);
  }

  private change(): void {
    const { scanner } = this;
    this.keysAt = -1;
    let [before, after]: [string | undefined, string | undefined] = [undefined, undefined];
    this.members((name) => {
      const { at } = scanner;
      if (this.is(name, OLD)) before = this.brandOfImage();
      else if (this.is(name, NEW)) after = this.brandOfImage();
      else {
        scanner.skipValue();
        if (this.is(name, KEYS)) this.keysAt = at;
        else if (this.is(name, SEQUENCE)) this.sequenceAt = at;
        else if (this.is(name, CREATED)) this.createdAt = at;
      }
    });
    if (before !== undefined) this.hint(before);
    if (after !== undefined && after !== before) this.hint(after);
  }

  /** The item's brand if it is followed. */
  private brandOfImage(): string | undefined {
    const { scanner } = this;
    let brand: string | undefined;
    this.members((attribute) => {
      if (!this.is(attribute, BRAND)) return scanner.skipValue();
      this.members((type) => {
        if (this.is(type, STRING) && scanner.next === QUOTE) brand = this.brands.get(this.bytesOfText());
        else scanner.skipValue();
      });
    });
    return brand;
  }

  private hint(brandId: string): void {
    const keys = this.valueAt(this.keysAt) as Record<string, { readonly S: string } | undefined>;
    const key = (name: string): string => keys[name]?.S ?? this.scanner.fail();
    const { table } = this;
    if (table === 'threads') this.hints.push({ table, brandId, threadId: key('thread_id') });
    else this.hints.push({ table, brandId, threadId: key('thread_id'), messageKey: key('message_key') });
  }

  /** Moves past a string; returns its text's bytes. */
  private bytesOfText(): string {
    const { scanner } = this;
    const from = scanner.at;
    scanner.escaped = false;
    scanner.skipString();
    if (!scanner.escaped) return scanner.bytes.toString('latin1', from + 1, scanner.at - 1);
    return bytesOf(JSON.parse(scanner.bytes.toString('utf8', from, scanner.at)) as string);
  }

  /** Moves past an object. `member` gets the position of a name, and must move past its value. */
  private members(member: (name: number) => void): void {
    const { scanner } = this;
    scanner.expect(OPEN_BRACE);
    if (scanner.skips(CLOSE_BRACE)) return;
    do {
      const name = scanner.at;
      scanner.skipString();
      scanner.expect(COLON);
      member(name);
    } while (scanner.skips(COMMA));
    scanner.expect(CLOSE_BRACE);
  }

  private is(at: number, name: Buffer): boolean {
    const { bytes } = this.scanner;
    for (let n = 0; n < name.length; n += 1) if (bytes[at + n] !== name[n]) return false;
    return true;
  }

  /** Moves past a value. */
  private value(): unknown {
    const { scanner } = this;
    const from = scanner.at;
    scanner.skipValue();
    return JSON.parse(scanner.bytes.toString('utf8', from, scanner.at));
  }

  /** A value that the scan has moved past. */
  private valueAt(at: number): unknown {
    const { scanner } = this;
    const { at: here } = scanner;
    scanner.at = at < 0 ? scanner.fail() : at;
    const value = this.value();
    scanner.at = here;
    return value;
  }
}
