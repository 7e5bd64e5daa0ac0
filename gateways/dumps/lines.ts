import { isUtf8 } from 'node:buffer';
import type { DumpPlace } from '../../domain/conversations/dump.js';

/** More than DynamoDB's largest item with every character escaped. */
export const LONGEST_LINE = 4 * 1024 * 1024;

/** A line without its line break, and where it begins. */
export interface PlacedLine {
  readonly text: string;
  readonly place: DumpPlace;
  /** Where the next line begins. */
  readonly next: DumpPlace;
}

/** What is wrong with the text, and where. */
export class BrokenText extends Error {
  override readonly name = 'BrokenText';

  constructor(
    readonly problem: string,
    readonly place: DumpPlace,
  ) {
    super(problem);
  }
}

const LINE_END = 0x0a;

/**
 * Splits decompressed text into lines, a chunk at a time, and holds at most one chunk and one line. Skips everything before `from`. The last line
 * needs no line break. Throws BrokenText for a line that is too long or not UTF-8, otherwise what `chunks` throws.
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  from: DumpPlace,
): AsyncGenerator<readonly PlacedLine[]> {
  let place = from;
  let unread: Buffer[] = [];
  for await (const chunk of passOver(chunks, from.byte)) {
    const end = chunk.lastIndexOf(LINE_END);
    if (end < 0) {
      unread.push(chunk);
      if (bytesOf(unread) > LONGEST_LINE) throw tooLong(place);
      continue;
    }
    const lines = cut(Buffer.concat([...unread, chunk.subarray(0, end)]), place);
    place = lines.at(-1)?.next ?? place;
    unread = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    yield lines;
  }
  if (bytesOf(unread) > 0) yield cut(Buffer.concat(unread), place);
}

async function* passOver(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** Expects a line break between lines, none at the end. */
function cut(bytes: Buffer, from: DumpPlace): PlacedLine[] {
  const isText = isUtf8(bytes);
  // Decodes invalid UTF-8 as one character for each byte, so that the broken line can be located: no multi-byte character contains a line break.
  const text = bytes.toString(isText ? 'utf8' : 'latin1');
  const isNarrow = text.length === bytes.length;
  const lines: PlacedLine[] = [];
  let place = from;
  for (const line of text.split('\n')) {
    const length = isNarrow ? line.length : Buffer.byteLength(line);
    if (length > LONGEST_LINE) throw tooLong(place);
    if (!isText && !isUtf8(Buffer.from(line, 'latin1'))) throw new BrokenText('is not UTF-8', place);
    const next = { line: place.line + 1, byte: place.byte + length + 1 };
    lines.push({ text: line, place, next });
    place = next;
  }
  return lines;
}

function bytesOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, { length }) => sum + length, 0);
}

function tooLong(place: DumpPlace): BrokenText {
  return new BrokenText(`is longer than ${LONGEST_LINE} bytes`, place);
}
