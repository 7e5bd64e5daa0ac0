import { isoTimestamp } from './iso-date-time.js';
import type { Timestamp } from './iso-date-time.js';

export type { Timestamp };

/**
 * Parses any ISO 8601 date and time with a zone: extended or basic, calendar, week or ordinal dates, `Z` or an offset, reduced times, decimal
 * fractions (six digits of a second are kept), 24:00 and leap seconds. Undefined for anything else: an invalid date, a missing time or zone, or a
 * moment outside of `timestamptz`.
 */
export function timestampOf(text: string): Timestamp | undefined {
  const millis = canonicalMillis(text);
  if (millis !== undefined) return { text, micros: millis === 0 ? '0' : `${millis}000` };
  return isoTimestamp(text);
}

/** The time in a `message_key`: everything before the first `#`. */
export function timeInKey(messageKey: string): string {
  const end = messageKey.indexOf('#');
  return end < 0 ? messageKey : messageKey.slice(0, end);
}

/**
 * The form of nearly all records, `YYYY-MM-DDTHH:MM:SS.mmmZ`, parsed without a library because this runs for each message. Undefined for other forms,
 * and for years before 1000, which `Date.UTC` or PostgreSQL would read differently.
 */
export function canonicalMillis(text: string): number | undefined {
  if (text.length !== 24 || text[23] !== 'Z' || text[10] !== 'T' || text[19] !== '.') return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return undefined;
  const year = pair(text, 0) * 100 + pair(text, 2);
  const month = pair(text, 5);
  const day = pair(text, 8);
  const hour = pair(text, 11);
  const minute = pair(text, 14);
  const second = pair(text, 17);
  const millis = pair(text, 20) * 10 + digit(text, 22);
  if (Number.isNaN(year + month + day + hour + minute + second + millis)) return undefined;
  if (year < 1000 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, millis);
}

function pair(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
