import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, QUOTE } from '../../../domain/conversations/written/ascii.js';
import { type BrandIndex, type ScannedRecords, written } from './scanned-records.js';

const RECORDS = Buffer.from('"Records":[');
/** The sequence number of a record. No attribute of an item matches, because its value would be an object. */
const SEQUENCE = Buffer.from('"SequenceNumber":"');
const CREATED = Buffer.from('"ApproximateCreationDateTime":');
const BRAND = written('brand_id');
const OF_STRING = Buffer.from(':{"S":"');
/** The bytes that can follow a string that is not a name. */
const AFTER_TEXT: ReadonlySet<number> = new Set([COMMA, CLOSE_BRACE, CLOSE_BRACKET]);

/**
 * Scans an answer of GetRecords that certainly names no followed brand: parses only the end of the last record and the text around the records.
 * Undefined for any other answer, and for one that is not written as DynamoDB writes it.
 */
export function passOver(answer: Buffer, brands: BrandIndex): ScannedRecords | undefined {
  const last = answer.lastIndexOf(SEQUENCE);
  if (last < 0 || mayName(answer, brands)) return undefined;
  const from = answer.indexOf(RECORDS) + RECORDS.length;
  if (from < RECORDS.length) return undefined;
  const { Records, NextShardIterator: next } = JSON.parse(
    `${answer.toString('utf8', 0, from)}{"dynamodb":{${answer.toString('utf8', last)}`,
  ) as Ends;
  const [{ dynamodb }] = Records;
  const seconds = dynamodb.ApproximateCreationDateTime ?? createdBefore(answer, last);
  return {
    count: countOf(answer, SEQUENCE),
    hints: [],
    last: {
      sequence: dynamodb.SequenceNumber,
      createdAt: seconds === undefined ? undefined : new Date(seconds * 1_000),
    },
    next: next ?? undefined,
  };
}

/** The last record from its sequence number on, and what follows it. */
interface Ends {
  readonly Records: readonly [
    { readonly dynamodb: { readonly SequenceNumber: string; readonly ApproximateCreationDateTime?: number } },
  ];
  readonly NextShardIterator?: string | null;
}

/**
 * JSON escapes quotes within strings, so a match is either a name or a whole string. A name within a map of an item only causes a scan that finds
 * nothing.
 */
function mayName(answer: Buffer, brands: BrandIndex): boolean {
  for (let at = answer.indexOf(BRAND); at >= 0; at = answer.indexOf(BRAND, at + 1)) {
    const value = at + BRAND.length;
    if (AFTER_TEXT.has(answer[value] ?? 0)) continue;
    const from = value + OF_STRING.length;
    const end = answer.indexOf(QUOTE, from);
    if (end < 0 || answer.compare(OF_STRING, 0, OF_STRING.length, value, from) !== 0) return true;
    const brand = answer.toString('latin1', from, end);
    if (brands.has(brand) || brand.includes('\\')) return true;
  }
  return false;
}

function createdBefore(answer: Buffer, at: number): number | undefined {
  const found = answer.lastIndexOf(CREATED, at);
  return found < 0 ? undefined : Number.parseFloat(answer.toString('latin1', found + CREATED.length, at));
}

function countOf(answer: Buffer, text: Buffer): number {
  let count = 0;
  for (let at = answer.indexOf(text); at >= 0; at = answer.indexOf(text, at + text.length)) count += 1;
  return count;
}
