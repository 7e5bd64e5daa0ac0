import { isUtf8 } from 'node:buffer';
import { nativeItem } from '../../domain/conversations/records/attribute-json.js';
import type { AttributeJson } from '../../domain/conversations/records/attribute-json.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
} from '../../domain/conversations/written/ascii.js';
import { JsonScanner } from '../../domain/conversations/written/json-scanner.js';
import { RecordReader } from '../../domain/conversations/written/record-reader.js';
import { WrittenRecord } from '../../domain/conversations/written/written-record.js';
import {
  MESSAGE_FIELDS,
  THREAD_FIELDS,
  WrittenPage,
} from '../../domain/conversations/written/written-page.js';
import { pageBuffers } from '../page-buffers.js';
import type { SourceTable } from './client.js';
import { WrongCount } from './errors.js';
import type { Cursor } from './ranges.js';

export interface RecordPage {
  readonly items: readonly WrittenRecord[];
  /** As the document client would return it. */
  readonly next: Cursor | undefined;
  /** Gives the page's bytes back. The records must not be used afterwards. */
  release(): void;
}

/** Stateful: they remember the order in which DynamoDB writes the attributes. */
const READERS = {
  messages: { reader: new RecordReader('typed', MESSAGE_FIELDS), fields: MESSAGE_FIELDS },
  threads: { reader: new RecordReader('typed', THREAD_FIELDS), fields: THREAD_FIELDS },
} as const;

/**
 * Reads the records of a query's answer, which stay in its bytes. Throws SyntaxError for any other text, WrongCount when the number of records differs
 * from `Count`.
 */
export function readRecordPage(answer: Buffer, table: SourceTable): RecordPage {
  const { reader, fields } = READERS[table];
  const bytes = isUtf8(answer) ? answer : Buffer.from(answer.toString());
  const scanner = new JsonScanner(bytes);
  const page = new WrittenPage(pageBuffers.wholeOf(bytes), bytes.length);
  let next: Cursor | undefined;
  let count: unknown;
  scanner.expect(OPEN_BRACE);
  while (!scanner.skips(CLOSE_BRACE)) {
    const name = scanner.string();
    scanner.expect(COLON);
    if (name === 'Items') readItems(scanner, page, reader);
    else if (name === 'LastEvaluatedKey') next = nativeItem(json(scanner) as Record<string, AttributeJson>);
    else if (name === 'Count') count = json(scanner);
    else scanner.skipValue();
    scanner.skips(COMMA);
  }
  if (count !== page.count) throw new WrongCount(page.count, count);
  const items = Array.from(
    { length: page.count },
    (_, index) => new WrittenRecord(page, index, 'typed', fields),
  );
  return { items, next, release: () => pageBuffers.give(page.close()) };
}

function readItems(scanner: JsonScanner, page: WrittenPage, reader: RecordReader): void {
  scanner.expect(OPEN_BRACKET);
  while (!scanner.skips(CLOSE_BRACKET)) {
    reader.read(scanner, page);
    scanner.skips(COMMA);
  }
}

function json(scanner: JsonScanner): unknown {
  const from = scanner.at;
  scanner.skipValue();
  return JSON.parse(scanner.bytes.toString('utf8', from, scanner.at));
}
