import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Pace } from '../../../domain/engine/targets/pace.js';
import type { Transaction } from './transaction.js';

export type CopyValue = string | number | bigint | null;

/** Characters with a special meaning in COPY's text format. */
const SPECIAL = /[\\\n\r\t]/;
const ALL_SPECIAL = /[\\\n\r\t]/g;
const ESCAPED: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A row in COPY's text format, including its line break. */
export function copyLine(values: readonly CopyValue[]): string {
  let line = '';
  let between = '';
  for (const value of values) {
    line += between + (value === null ? '\\N' : typeof value === 'string' ? escaped(value) : String(value));
    between = '\t';
  }
  return `${line}\n`;
}

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(ALL_SPECIAL, (special) => ESCAPED[special] ?? special) : text;
}

/** Characters written at once. */
const CHUNK_LENGTH = 65_536;
/** The same while other users are slowed down: less than a millisecond of the server's time. */
const SLOW_CHUNK_LENGTH = 16_384;

/**
 * Fills a table (named with its columns) with lines, each with its line break, at the transaction's pace, or as fast as the connection accepts them.
 * Throws PostgreSQL's errors and leaves the connection usable.
 */
export async function copyInto(tx: Transaction, table: string, lines: Iterable<string>): Promise<void> {
  await copyAll(tx, table, chunksOf(lines, tx.pace));
}

/** The same with lines that are already bytes, which PostgreSQL has when this returns. */
export async function copyBytes(tx: Transaction, table: string, lines: Buffer): Promise<void> {
  await copyAll(tx, table, partsOf(lines, tx.pace));
}

async function copyAll(
  tx: Transaction,
  table: string,
  chunks: AsyncIterable<string | Buffer>,
): Promise<void> {
  try {
    await pipeline(chunks, tx.query(copyFrom(`COPY ${table} FROM STDIN`)));
  } catch (error) {
    // A stream on a closed connection throws a TypeError.
    if (error instanceof TypeError) throw new Error('Connection terminated during COPY', { cause: error });
    throw error;
  }
}

async function* chunksOf(lines: Iterable<string>, pace: Pace | undefined): AsyncGenerator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < chunkLength(pace)) continue;
    await pace?.next(chunk.length);
    yield chunk;
    chunk = '';
  }
  await pace?.next(chunk.length);
  if (chunk !== '') yield chunk;
}

async function* partsOf(lines: Buffer, pace: Pace | undefined): AsyncGenerator<Buffer> {
  for (let from = 0; from < lines.length;) {
    const part = lines.subarray(from, from + chunkLength(pace));
    await pace?.next(part.length);
    yield part;
    from += part.length;
  }
}

function chunkLength(pace: Pace | undefined): number {
  return pace?.isSlow === true ? SLOW_CHUNK_LENGTH : CHUNK_LENGTH;
}
