import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } from './ascii.js';
import type { JsonScanner } from './json-scanner.js';
import type { Fields, WrittenPage } from './written-page.js';

/** How attributes are written: with their types as by DynamoDB (`"body":{"S":"…"}`), or plainly (`"body":"…"`). */
export type Notation = 'typed' | 'plain';

/** How an attribute begins in the text, up to its value, and which field it is. */
interface Beginning {
  readonly bytes: Buffer;
  /** -1 for attributes that are not read. */
  readonly field: number;
  readonly isMap: boolean;
  /** Whether the record must be mapped the general way. */
  readonly isOdd: boolean;
  /** The attribute that followed it last time. */
  next?: Beginning;
}

/** More beginnings are not remembered: a source with that many has no usual order. */
const MOST_BEGINNINGS = 200;

/**
 * Finds the fields of records in their text. The attributes of a source's records are written in much the same order, so the reader first tries the
 * attribute that followed last time, with one comparison.
 */
export class RecordReader {
  private readonly beginnings: Beginning[] = [];
  /** The first attributes of records. */
  private readonly start: Pick<Beginning, 'next'> = {};

  constructor(
    private readonly notation: Notation,
    private readonly fields: Fields,
  ) {}

  /** Reads the record that begins at the scanner's position into the page. Throws SyntaxError for anything else. */
  read(scanner: JsonScanner, page: WrittenPage): void {
    const record = page.add();
    const start = scanner.at;
    const isTyped = this.notation === 'typed';
    let last = this.start;
    scanner.expect(OPEN_BRACE);
    if (!scanner.skips(CLOSE_BRACE)) {
      do {
        const beginning = this.recognize(scanner, last);
        last = beginning;
        this.readValue(scanner, page, record, beginning);
        if (isTyped) scanner.expect(CLOSE_BRACE);
      } while (scanner.skips(COMMA));
      if (scanner.next !== CLOSE_BRACE) scanner.fail();
      scanner.at += 1;
    }
    page.setWhole(record, start, scanner.at);
  }

  private readValue(scanner: JsonScanner, page: WrittenPage, record: number, beginning: Beginning): void {
    const { field, isMap, isOdd } = beginning;
    const from = scanner.at;
    const isWrong = field >= 0 && scanner.next !== (isMap ? OPEN_BRACE : QUOTE);
    if (isOdd || isWrong) page.setOdd(record);
    scanner.escaped = false;
    scanner.skipValue();
    if (field < 0 || isWrong) return;
    if (isMap) page.setField(record, field, from, scanner.at);
    else if (!scanner.escaped) page.setField(record, field, from + 1, scanner.at - 1);
    else if (!page.setEscaped(record, field, from + 1, scanner.at - 1)) page.setOdd(record);
  }

  /** Moves past the beginning of an attribute. */
  private recognize(scanner: JsonScanner, last: Pick<Beginning, 'next'>): Beginning {
    const { next } = last;
    if (next === undefined || !begins(scanner, next.bytes)) return (last.next = this.find(scanner));
    scanner.at += next.bytes.length;
    return next;
  }

  private find(scanner: JsonScanner): Beginning {
    const from = scanner.at;
    const name = scanner.string();
    scanner.expect(COLON);
    let type: string | undefined;
    if (this.notation === 'typed') {
      scanner.expect(OPEN_BRACE);
      type = scanner.string();
      scanner.expect(COLON);
    }
    const bytes = scanner.bytes.subarray(from, scanner.at);
    const known = this.beginnings.find((beginning) => beginning.bytes.equals(bytes));
    if (known) return known;
    const found = beginningOf(Buffer.from(bytes), name, type, this.fields);
    if (this.beginnings.length < MOST_BEGINNINGS) this.beginnings.push(found);
    return found;
  }
}

function begins({ bytes, at }: JsonScanner, beginning: Buffer): boolean {
  for (let n = 0; n < beginning.length; n += 1) if (bytes[at + n] !== beginning[n]) return false;
  return true;
}

function beginningOf(
  bytes: Buffer,
  name: string,
  type: string | undefined,
  { numbers, firstMap, odd }: Fields,
): Beginning {
  const field = Object.hasOwn(numbers, name) ? (numbers[name] ?? -1) : -1;
  const isMap = field >= firstMap;
  const isOdd = name === odd || (field >= 0 && type !== undefined && type !== (isMap ? 'M' : 'S'));
  return { bytes, field: isOdd ? -1 : field, isMap, isOdd };
}
