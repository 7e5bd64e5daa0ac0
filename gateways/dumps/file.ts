import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Gunzip } from 'node:zlib';
import { parseDumpLine } from '../../domain/conversations/records/dump-line.js';
import type { DumpRecord } from '../../domain/conversations/records/dump-line.js';
import { placeInWords } from '../../domain/conversations/dump.js';
import type { DumpPlace } from '../../domain/conversations/dump.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { sourceError } from '../dynamodb/errors.js';
import type { Dumps, OpenedObject } from './client.js';
import { BrokenText, linesOf } from './lines.js';
import type { PlacedLine } from './lines.js';

/** The limits that end a page, whichever is reached first. */
export interface PageLimits {
  /** Wanted records, and the characters of their lines. */
  readonly records: number;
  readonly text: number;
  /** All lines, wanted or not. */
  readonly lines: number;
}

export interface DumpPage {
  readonly records: readonly DumpRecord[];
  /** Undefined at the file's end. */
  readonly next: DumpPlace | undefined;
}

const CHUNK_BYTES = 128 * 1024;

/**
 * A file of a dump while it is read. It is decompressed as a stream, so no more is fetched than is read. To continue from a place, everything before
 * it has to be decompressed again: gzip has no random access.
 */
export class DumpFile {
  private lines: PlacedLine[] = [];
  private at = 0;
  private ended = false;

  private constructor(
    private readonly object: OpenedObject,
    private readonly size: number,
    private readonly unpacked: Gunzip,
    private readonly source: AsyncGenerator<readonly PlacedLine[]>,
    private readonly signal: AbortSignal,
    private where: DumpPlace,
  ) {}

  /** Aborting the signal closes the file. Throws what `Dumps.open` throws. */
  static async open(
    dumps: Dumps,
    object: OpenedObject,
    from: DumpPlace,
    signal: AbortSignal,
  ): Promise<DumpFile> {
    const { body, size } = await dumps.open(object, signal);
    const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
    // Either stream ends with the other, and with the signal. `page` throws the error.
    pipeline(body, unpacked, { signal }).catch(() => undefined);
    return new DumpFile(object, size, unpacked, linesOf(unpacked, from), signal, from);
  }

  /** Where the next page begins. */
  get place(): DumpPlace {
    return this.where;
  }

  /**
   * Returns the next wanted records. Throws CarryoverError `DumpBroken` with the place, `SourceUnavailable` when the connection breaks, or the
   * signal's reason. The file cannot be read further after an error.
   */
  async page(isWanted: (record: DumpRecord) => boolean, limits: PageLimits): Promise<DumpPage> {
    const records: DumpRecord[] = [];
    let [text, lines] = [0, 0];
    while (records.length < limits.records && text < limits.text && lines < limits.lines) {
      const line = this.lines[this.at] ?? (await this.more());
      if (line === undefined) return { records, next: undefined };
      this.at += 1;
      this.where = line.next;
      lines += 1;
      const record = this.parsed(line);
      if (record === undefined || !isWanted(record)) continue;
      records.push(record);
      text += line.text.length;
    }
    return { records, next: this.where };
  }

  close(): void {
    this.unpacked.destroy();
  }

  /** The first line of the next chunk; undefined at the end of the file. */
  private async more(): Promise<PlacedLine | undefined> {
    if (this.ended) return undefined;
    try {
      const { done, value } = await this.source.next();
      this.at = 0;
      this.lines = done === true ? [] : [...value];
      this.ended = done === true;
    } catch (error) {
      throw this.failure(error);
    }
    // zlib silently ignores bytes after the last gzip member.
    if (this.ended && (this.size === 0 || this.unpacked.bytesWritten < this.size)) throw this.cutOff();
    return this.lines[0];
  }

  /** Undefined for an empty line. */
  private parsed({ text, place }: PlacedLine): DumpRecord | undefined {
    const record = parseDumpLine(text);
    if (record === undefined && text.trim() !== '') throw this.broken('is not a JSON object', place);
    return record;
  }

  private failure(error: unknown): unknown {
    if (this.signal.aborted) return this.signal.reason;
    if (error instanceof BrokenText) return this.broken(error.problem, error.place);
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('Z_')) return this.cutOff(code);
    return sourceError(error, `reading ${this.object.uri}`, this.signal, 'S3');
  }

  private broken(problem: string, place: DumpPlace): CarryoverError {
    const { uri } = this.object;
    return new CarryoverError('DumpBroken', `In ${uri}, ${placeInWords(place)} ${problem}.`);
  }

  private cutOff(code?: string): CarryoverError {
    const how = code === 'Z_BUF_ERROR' || this.size === 0 ? 'is cut off' : 'cannot be unpacked';
    const message = `${this.object.uri} ${how} within ${placeInWords(this.where)}.`;
    return new CarryoverError('DumpBroken', message);
  }
}
