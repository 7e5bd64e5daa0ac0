import { isUtf8 } from 'node:buffer';
import type { DumpPlace } from '../../domain/conversations/dump.js';

/** More than DynamoDB's largest item takes, every character written as an escape. */
export const LONGEST_LINE = 4 * 1024 * 1024;

/** A line, without its end, and the place before it. */
export interface PlacedLine {
  readonly text: string;
  readonly place: DumpPlace;
  /** The place behind its end. */
  readonly next: DumpPlace;
}

/** What is wrong with the text at a place. */
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
 * Cuts unpacked text into lines, those of a chunk at a time. Never holds more than a chunk and one line. What lies before `from` is
 * passed over; the last line needs no end. Throws BrokenText where a line is too long or no UTF-8; else what `chunks` throws.
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

/** Lines with an end between each two. */
function cut(bytes: Buffer, from: DumpPlace): PlacedLine[] {
  const isText = isUtf8(bytes);
  // Where it is no UTF-8 each byte is taken as a character, so that the line can be found: no character holds a line's end.
  const text = bytes.toString(isText ? 'utf8' : 'latin1');
  const isNarrow = text.length === bytes.length;
  const lines: PlacedLine[] = [];
  let place = from;
  for (const line of text.split('\n')) {
    const length = isNarrow ? line.length : Buffer.byteLength(line);
    if (length > LONGEST_LINE) throw tooLong(place);
    if (!isText && !isUtf8(Buffer.from(line, 'latin1'))) throw new BrokenText('is no UTF-8', place);
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
