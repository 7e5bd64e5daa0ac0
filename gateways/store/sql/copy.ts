import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
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

/**
 * Fills a table (named with its columns) with lines, each with its line break, as fast as the connection accepts them. Throws PostgreSQL's errors and
 * leaves the connection usable.
 */
export async function copyInto(tx: Transaction, table: string, lines: Iterable<string>): Promise<void> {
  try {
    await pipeline(chunksOf(lines), tx.query(copyFrom(`COPY ${table} FROM STDIN`)));
  } catch (error) {
    // A stream on a closed connection throws a TypeError.
    if (error instanceof TypeError) throw new Error('Connection terminated during COPY', { cause: error });
    throw error;
  }
}

function* chunksOf(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
