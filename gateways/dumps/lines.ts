/** More than DynamoDB's largest item with every character escaped. */
export const LONGEST_LINE = 4 * 1024 * 1024;

/** The line after the returned ones is too long. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

const LINE_END = 0x0a;

/**
 * Splits decompressed text between lines, and skips its first bytes. Returns whole lines, without the last one's line break; holds at most one chunk and
 * one line. The last line needs no line break. Throws LineTooLong, otherwise what `chunks` throws.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, skipped: number): AsyncGenerator<Buffer> {
  let unread: Buffer[] = [];
  for await (const chunk of passOver(chunks, skipped)) {
    const end = chunk.lastIndexOf(LINE_END);
    if (end < 0) {
      unread.push(chunk);
      if (bytesOf(unread) > LONGEST_LINE) throw new LineTooLong();
      continue;
    }
    // Only the line that two chunks share is copied.
    const first = unread.length === 0 ? -1 : chunk.indexOf(LINE_END);
    if (first >= 0) yield Buffer.concat([...unread, chunk.subarray(0, first)]);
    if (first < end) yield chunk.subarray(first + 1, end);
    unread = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
  }
  if (bytesOf(unread) > 0) yield Buffer.concat(unread);
}

async function* passOver(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** Where the line that begins here ends. */
export function endOfLine(lines: Buffer, from: number): number {
  const end = lines.indexOf(LINE_END, from);
  return end < 0 ? lines.length : end;
}

function bytesOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, { length }) => sum + length, 0);
}
