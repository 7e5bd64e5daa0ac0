import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, QUOTE } from '../../../domain/conversations/written/ascii.js';
import { type BrandIndex, type ScannedRecords, written } from './scanned-records.js';

const RECORDS = Buffer.from('"Records":[');
/** The number of a record: values of an item's attributes are objects, whatever their names. */
const SEQUENCE = Buffer.from('"SequenceNumber":"');
const CREATED = Buffer.from('"ApproximateCreationDateTime":');
const BRAND = written('brand_id');
const OF_STRING = Buffer.from(':{"S":"');
/** What follows a text that is no name. */
const AFTER_TEXT: ReadonlySet<number> = new Set([COMMA, CLOSE_BRACE, CLOSE_BRACKET]);

/**
 * What an answer of GetRecords tells that certainly names no followed brand: only the last record's end and what is around the records is parsed.
 * Undefined for any other, and for one that is written in another way than DynamoDB writes it.
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

/** The last record from its number on. */
interface Ends {
  readonly Records: readonly [
    { readonly dynamodb: { readonly SequenceNumber: string; readonly ApproximateCreationDateTime?: number } },
  ];
  readonly NextShardIterator?: string | null;
}

/**
 * In JSON a quote within a string has a backslash before it. So what is found is a name, or a whole string; perhaps a name within a map of an item,
 * which is then scanned without result.
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
