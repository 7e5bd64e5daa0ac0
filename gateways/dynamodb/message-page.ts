import { nativeItem } from '../../domain/conversations/records/attribute-json.js';
import type { AttributeJson } from '../../domain/conversations/records/attribute-json.js';
import { PLAIN_MAPS, PLAIN_TEXTS } from '../../domain/conversations/records/map-plain-message.js';
import type { PlainMessage } from '../../domain/conversations/records/map-plain-message.js';
import { WrongCount } from './errors.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  JsonScanner,
  OPEN_BRACE,
  OPEN_BRACKET,
} from './json-scanner.js';
import type { Item } from './items.js';
import type { Cursor } from './ranges.js';

export interface MessagePage {
  readonly items: WrittenMessage[];
  /** As the document client would return it. */
  readonly next: Cursor | undefined;
}

/**
 * Reads the messages of a query's response from its text. Throws SyntaxError for any other text, WrongCount when the number of records differs from
 * `Count`.
 */
export function readMessagePage(text: string): MessagePage {
  return new MessagePageReader(text).read();
}

/** A message as DynamoDB wrote it. Fields are cut from the page's text on request. */
export class WrittenMessage {
  constructor(
    private readonly page: Places,
    private readonly index: number,
  ) {}

  /** The `message_key`. */
  get key(): string {
    return this.page.textOf(this.index, KEY) ?? '';
  }

  /** Undefined when an attribute does not have the contract's type or there are attachments. */
  get plain(): PlainMessage | undefined {
    return this.page.plain(this.index);
  }

  /** The whole record, as the document client would return it. */
  get item(): Item {
    return nativeItem(JSON.parse(this.page.written(this.index)) as Record<string, AttributeJson>);
  }
}

const FIELDS = [...PLAIN_TEXTS, ...PLAIN_MAPS];
const KEY = FIELDS.indexOf('message_key');
/** For each record: its start and end, whether it is odd, whether it contains escapes, and the start and end of each field. */
const [START, END, ODD, ESCAPED, FIRST_FIELD] = [0, 1, 2, 3, 4];
const WIDTH = FIRST_FIELD + 2 * FIELDS.length;

/** The positions of all fields in a page's text. One array of numbers costs the garbage collector nothing. */
class Places {
  private places = new Int32Array(2_048 * WIDTH);
  count = 0;

  constructor(private readonly text: string) {}

  add(): number {
    if ((this.count + 1) * WIDTH > this.places.length) {
      const larger = new Int32Array(this.places.length * 2);
      larger.set(this.places);
      this.places = larger;
    }
    this.places.fill(-1, this.count * WIDTH, (this.count + 1) * WIDTH);
    this.count += 1;
    return this.count - 1;
  }

  whole(record: number, start: number, end: number, odd: boolean, escaped: boolean): void {
    const at = record * WIDTH;
    this.places[at + START] = start;
    this.places[at + END] = end;
    this.places[at + ODD] = odd ? 1 : 0;
    this.places[at + ESCAPED] = escaped ? 1 : 0;
  }

  field(record: number, field: number, from: number, to: number): void {
    const at = record * WIDTH + FIRST_FIELD + 2 * field;
    this.places[at] = from;
    this.places[at + 1] = to;
  }

  written(record: number): string {
    return this.text.slice(this.places[record * WIDTH + START], this.places[record * WIDTH + END]);
  }

  textOf(record: number, field: number): string | undefined {
    const written = this.slice(record, field);
    if (this.places[record * WIDTH + ESCAPED] !== 1 || written?.includes('\\') !== true) return written;
    return JSON.parse(`"${written}"`) as string;
  }

  plain(record: number): PlainMessage | undefined {
    if (this.places[record * WIDTH + ODD] === 1) return undefined;
    const message: PlainMessage = { verbatim: this.places[record * WIDTH + ESCAPED] !== 1 };
    let field = 0;
    for (const name of PLAIN_TEXTS) message[name] = this.textOf(record, field++);
    for (const name of PLAIN_MAPS) message[name] = this.slice(record, field++);
    return message;
  }

  private slice(record: number, field: number): string | undefined {
    const at = record * WIDTH + FIRST_FIELD + 2 * field;
    const from = this.places[at];
    return from === undefined || from < 0 ? undefined : this.text.slice(from, this.places[at + 1]);
  }
}

/** How an attribute begins in the text, such as `"body":{"S":`, and which field it is. */
interface Beginning {
  readonly text: string;
  /** Its index in FIELDS; -1 for attributes that are not read. */
  readonly field: number;
  readonly isMap: boolean;
  /** Whether the record must be mapped the general way. */
  readonly isOdd: boolean;
}

/**
 * DynamoDB writes the attributes of a table's records in much the same order. The reader first tries the attribute that followed the last time, which
 * takes one comparison.
 */
class MessagePageReader {
  private readonly scanner: JsonScanner;
  private readonly places: Places;
  private readonly beginnings: Beginning[] = [];

  constructor(private readonly text: string) {
    this.scanner = new JsonScanner(text);
    this.places = new Places(text);
  }

  read(): MessagePage {
    const { scanner } = this;
    let next: Cursor | undefined;
    let count: unknown;
    scanner.expect(OPEN_BRACE);
    while (!scanner.skips(CLOSE_BRACE)) {
      const name = scanner.string();
      scanner.expect(COLON);
      if (name === 'Items') this.readItems();
      else if (name === 'LastEvaluatedKey') next = nativeItem(this.json() as Record<string, AttributeJson>);
      else if (name === 'Count') count = this.json();
      else scanner.skipValue();
      scanner.skips(COMMA);
    }
    const { places } = this;
    if (count !== places.count) throw new WrongCount(places.count, count);
    return {
      items: Array.from({ length: places.count }, (_, index) => new WrittenMessage(places, index)),
      next,
    };
  }

  private readItems(): void {
    const { scanner } = this;
    scanner.expect(OPEN_BRACKET);
    while (!scanner.skips(CLOSE_BRACKET)) {
      this.readMessage();
      scanner.skips(COMMA);
    }
  }

  private readMessage(): void {
    const { scanner, places } = this;
    const record = places.add();
    const start = scanner.at;
    let isOdd = false;
    let expected = 0;
    scanner.escaped = false;
    scanner.expect(OPEN_BRACE);
    while (!scanner.skips(CLOSE_BRACE)) {
      const recognized = this.recognize(expected);
      const beginning = this.beginnings[recognized];
      expected = recognized + 1;
      const from = scanner.at;
      if (beginning === undefined || beginning.field < 0 || beginning.isMap) scanner.skipValue();
      else scanner.skipString();
      if (beginning?.isOdd === true) isOdd = true;
      else if (beginning !== undefined && beginning.field >= 0) {
        const quote = beginning.isMap ? 0 : 1;
        places.field(record, beginning.field, from + quote, scanner.at - quote);
      }
      scanner.expect(CLOSE_BRACE);
      scanner.skips(COMMA);
    }
    places.whole(record, start, scanner.at, isOdd, scanner.escaped);
  }

  /** Moves past the beginning of an attribute. Returns its index among the known beginnings. */
  private recognize(expected: number): number {
    const { scanner, beginnings, text } = this;
    const likely = beginnings[expected];
    if (likely !== undefined && text.startsWith(likely.text, scanner.at)) {
      scanner.at += likely.text.length;
      return expected;
    }
    const from = scanner.at;
    const name = scanner.string();
    scanner.expect(COLON);
    scanner.expect(OPEN_BRACE);
    const type = scanner.string();
    scanner.expect(COLON);
    const found = text.slice(from, scanner.at);
    const known = beginnings.findIndex((beginning) => beginning.text === found);
    return known >= 0 ? known : beginnings.push(beginningOf(found, name, type)) - 1;
  }

  private json(): unknown {
    const { scanner } = this;
    const from = scanner.at;
    scanner.skipValue();
    return JSON.parse(this.text.slice(from, scanner.at));
  }
}

function beginningOf(text: string, name: string, type: string): Beginning {
  const field = (FIELDS as string[]).indexOf(name);
  const isMap = field >= PLAIN_TEXTS.length;
  const isOdd = name === 'attachments' || (field >= 0 && type !== (isMap ? 'M' : 'S'));
  return { text, field: isOdd ? -1 : field, isMap, isOdd };
}
