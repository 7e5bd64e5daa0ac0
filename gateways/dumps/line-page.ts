import { parseDumpLine } from '../../domain/conversations/records/dump-line.js';
import { JsonScanner } from '../../domain/conversations/written/json-scanner.js';
import { RecordReader } from '../../domain/conversations/written/record-reader.js';
import type { SourceTable } from '../../domain/conversations/records/rows.js';
import {
  MESSAGE_FIELDS,
  THREAD_FIELDS,
  WrittenPage,
} from '../../domain/conversations/written/written-page.js';
import { WrittenRecord } from '../../domain/conversations/written/written-record.js';
import { pageBuffers } from '../page-buffers.js';

/** Stateful: they remember the order in which attributes are written. */
const READERS = {
  messages: { reader: new RecordReader('plain', MESSAGE_FIELDS), fields: MESSAGE_FIELDS },
  threads: { reader: new RecordReader('plain', THREAD_FIELDS), fields: THREAD_FIELDS },
} as const;

/** Collects records of a dump from their lines, which it copies into one buffer. */
export class LinePage {
  readonly records: WrittenRecord[] = [];
  private readonly page = new WrittenPage(pageBuffers.take(), 0);

  constructor(private readonly sort: SourceTable) {}

  /**
   * Adds the record of the line between these positions if it is wanted; returns whether it is. Undefined for a line that is not a JSON object.
   */
  add(
    lines: Buffer,
    from: number,
    to: number,
    isWanted: (record: WrittenRecord) => boolean,
  ): boolean | undefined {
    const { page } = this;
    const start = page.append(lines, from, to);
    const record = this.read(start, start + to - from);
    if (record === undefined) page.dropFrom(start);
    if (record === undefined) return undefined;
    if (isWanted(record)) {
      this.records.push(record);
      return true;
    }
    page.removeLast();
    page.dropFrom(start);
    return false;
  }

  /** The records must not be used afterwards. */
  release(): void {
    pageBuffers.give(this.page.close());
  }

  private read(start: number, end: number): WrittenRecord | undefined {
    const { page } = this;
    const { reader, fields } = READERS[this.sort];
    const known = page.count;
    const scanner = new JsonScanner(page.bytes, start);
    try {
      reader.read(scanner, page);
      scanner.skipSpace();
      if (scanner.at !== end) scanner.fail();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // The scanner accepts less than JSON.parse does.
      if (page.count > known) page.removeLast();
      if (parseDumpLine(page.bytes.toString('utf8', start, end)) === undefined) return undefined;
      const odd = page.add();
      page.setWhole(odd, start, end);
      page.setOdd(odd);
    }
    return new WrittenRecord(page, page.count - 1, 'plain', fields);
  }
}
