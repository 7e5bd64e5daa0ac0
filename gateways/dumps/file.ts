import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Gunzip } from 'node:zlib';
import type { WrittenRecord } from '../../domain/conversations/written/written-record.js';
import type { SourceTable } from '../../domain/conversations/records/rows.js';
import { placeInWords } from '../../domain/conversations/dump.js';
import type { DumpPlace } from '../../domain/conversations/dump.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { sourceError } from '../dynamodb/errors.js';
import type { Dumps, OpenedObject } from './client.js';
import { LinePage } from './line-page.js';
import { endOfLine, LineTooLong, linesOf, LONGEST_LINE } from './lines.js';

/** The limits that end a page, whichever is reached first. */
export interface PageLimits {
  /** Wanted records, and the bytes of their lines. */
  readonly records: number;
  readonly text: number;
  /** All lines, wanted or not. */
  readonly lines: number;
}

export interface DumpPage {
  readonly records: readonly WrittenRecord[];
  /** Undefined at the file's end. */
  readonly next: DumpPlace | undefined;
  /** Gives the page's bytes back. The records must not be used afterwards. */
  release(): void;
}

const CHUNK_BYTES = 128 * 1024;

/**
 * A file of a dump while it is read. It is decompressed as a stream, so no more is fetched than is read. To continue from a place, everything before
 * it has to be decompressed again: gzip has no random access.
 */
export class DumpFile {
  /** What was read last, and how much of it belongs to earlier lines. */
  private lines: Buffer = NOTHING;
  private at = 1;
  private isText = true;
  private ended = false;

  private constructor(
    private readonly object: OpenedObject,
    private readonly sort: SourceTable,
    private readonly size: number,
    private readonly unpacked: Gunzip,
    private readonly source: AsyncGenerator<Buffer>,
    private readonly signal: AbortSignal,
    private where: DumpPlace,
  ) {}

  /** Aborting the signal closes the file. Throws what `Dumps.open` throws. */
  static async open(
    dumps: Dumps,
    object: OpenedObject,
    sort: SourceTable,
    from: DumpPlace,
    signal: AbortSignal,
  ): Promise<DumpFile> {
    const { body, size } = await dumps.open(object, signal);
    const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
    // Either stream ends with the other, and with the signal. `page` throws the error.
    pipeline(body, unpacked, { signal }).catch(() => undefined);
    return new DumpFile(object, sort, size, unpacked, linesOf(unpacked, from.byte), signal, from);
  }

  /** Where the next page begins. */
  get place(): DumpPlace {
    return this.where;
  }

  /**
   * Returns the next wanted records. Throws CarryoverError `DumpBroken` with the place, `SourceUnavailable` when the connection breaks, or the
   * signal's reason. The file cannot be read further after an error.
   */
  async page(isWanted: (record: WrittenRecord) => boolean, limits: PageLimits): Promise<DumpPage> {
    const page = new LinePage(this.sort);
    let [text, lines] = [0, 0];
    while (page.records.length < limits.records && text < limits.text && lines < limits.lines) {
      if (this.at > this.lines.length && !(await this.more()))
        return { records: page.records, next: undefined, release: () => page.release() };
      const end = endOfLine(this.lines, this.at);
      const size = end - this.at;
      if (this.add(end, page, isWanted)) text += size;
      lines += 1;
      this.at = end + 1;
      this.where = { line: this.where.line + 1, byte: this.where.byte + size + 1 };
    }
    return { records: page.records, next: this.where, release: () => page.release() };
  }

  close(): void {
    this.unpacked.destroy();
  }

  /** Adds the line up to this position. */
  private add(end: number, page: LinePage, isWanted: (record: WrittenRecord) => boolean): boolean {
    const { lines, at } = this;
    if (end - at > LONGEST_LINE) throw this.broken(TOO_LONG);
    // No character of several bytes contains a line break.
    if (!this.isText && !isUtf8(lines.subarray(at, end))) throw this.broken('is not UTF-8');
    const isAdded = page.add(lines, at, end, isWanted);
    if (isAdded === undefined && lines.toString('utf8', at, end).trim() !== '')
      throw this.broken('is not a JSON object');
    return isAdded === true;
  }

  /** Reads the next lines; false at the end of the file. */
  private async more(): Promise<boolean> {
    if (this.ended) return false;
    try {
      const { done, value } = await this.source.next();
      this.ended = done === true;
      if (done !== true) [this.lines, this.at, this.isText] = [value, 0, isUtf8(value)];
    } catch (error) {
      throw this.failure(error);
    }
    // zlib silently ignores bytes after the last gzip member.
    if (this.ended && (this.size === 0 || this.unpacked.bytesWritten < this.size)) throw this.cutOff();
    return !this.ended;
  }

  private failure(error: unknown): unknown {
    if (this.signal.aborted) return this.signal.reason;
    if (error instanceof LineTooLong) return this.broken(TOO_LONG);
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('Z_')) return this.cutOff(code);
    return sourceError(error, `reading ${this.object.uri}`, this.signal, 'S3');
  }

  /** The next line is broken. */
  private broken(problem: string): CarryoverError {
    const { uri } = this.object;
    return new CarryoverError('DumpBroken', `In ${uri}, ${placeInWords(this.where)} ${problem}.`);
  }

  private cutOff(code?: string): CarryoverError {
    const how = code === 'Z_BUF_ERROR' || this.size === 0 ? 'is cut off' : 'cannot be unpacked';
    const message = `${this.object.uri} ${how} within ${placeInWords(this.where)}.`;
    return new CarryoverError('DumpBroken', message);
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
const TOO_LONG = `is longer than ${LONGEST_LINE} bytes`;
