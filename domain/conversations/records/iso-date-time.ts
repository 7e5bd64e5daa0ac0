import { DateTime } from 'luxon';
import type { DateObjectUnits } from 'luxon';

export interface Timestamp {
  /** A `timestamptz` as PostgreSQL reads it, in UTC. */
  readonly text: string;
  /** Microseconds since 1970, decimal. */
  readonly micros: string;
}

/** The first moment of a `timestamptz` (4714-11-24 BC, day 0 of the Julian count) and the last moment of a `Date`. */
const EARLIEST = Date.UTC(-4713, 10, 24);
const LATEST = 8.64e15;

const DAY = 86_400_000;

const DATE_AND_TIME = /^(\S{7,13})[Tt](\d{2}[\d:]*)(?:[.,](\d+))?([Zz]|[+\-\u2212]\d{2}(?::?\d{2})?)$/;

/**
 * Parses dates that are not in the usual form.
 *
 * 1. Splits date, time, fraction and zone; all but the fraction are required.
 * 2. Converts the date to the first moment of the day, the time to microseconds since then, and the zone to an offset to subtract.
 * 3. Accepts a leap second only as the last second of a UTC day.
 * 4. Rejects what a `timestamptz` cannot hold.
 */
export function isoTimestamp(text: string): Timestamp | undefined {
  const match = DATE_AND_TIME.exec(text);
  if (!match) return undefined;
  const [, dateText = '', timeText = '', fraction = '', zoneText = ''] = match;
  const day = startOfDay(dateText);
  const time = timeOfDay(timeText, fraction);
  const offset = offsetMillis(zoneText);
  if (day === undefined || time === undefined || offset === undefined) return undefined;

  const millis = day + time.millis - offset;
  if (time.leapSecond && ((millis % DAY) + DAY) % DAY >= 1000) return undefined;
  return millis >= EARLIEST && millis <= LATEST ? written(millis, time.micros) : undefined;
}

const CALENDAR = /^(\d{4}|[+\-\u2212]\d{6})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2}))$/;
const WEEK = /^(\d{4}|[+\-\u2212]\d{6})(?:-W(\d{2})-(\d)|W(\d{2})(\d))$/;
const ORDINAL = /^(\d{4}|[+\-\u2212]\d{6})-?(\d{3})$/;

/** The day's first moment in UTC, in milliseconds since 1970. Luxon validates the calendar (leap years, week 53). */
function startOfDay(text: string): number | undefined {
  const fields = calendarFields(text);
  if (!fields) return undefined;
  const date = DateTime.fromObject(fields, { zone: 'utc' });
  return date.isValid ? date.toMillis() : undefined;
}

function calendarFields(text: string): DateObjectUnits | undefined {
  const calendar = CALENDAR.exec(text);
  if (calendar) {
    return {
      year: yearOf(calendar[1]),
      month: Number(calendar[2] ?? calendar[4]),
      day: Number(calendar[3] ?? calendar[5]),
    };
  }
  const week = WEEK.exec(text);
  if (week) {
    return {
      weekYear: yearOf(week[1]),
      weekNumber: Number(week[2] ?? week[4]),
      weekday: Number(week[3] ?? week[5]) as NonNullable<DateObjectUnits['weekday']>,
    };
  }
  const ordinal = ORDINAL.exec(text);
  return ordinal ? { year: yearOf(ordinal[1]), ordinal: Number(ordinal[2]) } : undefined;
}

function yearOf(text = ''): number {
  return Number(text.replace('\u2212', '-')) || 0;
}

const TIME = /^(\d{2})(?::(\d{2})(?::(\d{2}))?|(\d{2})(\d{2})?)?$/;

interface TimeOfDay {
  readonly millis: number;
  /** Microseconds below the millisecond, 0 to 999. */
  readonly micros: number;
  readonly leapSecond: boolean;
}

/** The fraction belongs to the smallest unit that is written: 10.5 is half past ten. */
function timeOfDay(text: string, fraction: string): TimeOfDay | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const minuteText = match[2] ?? match[4];
  const secondText = match[3] ?? match[5];
  const [hour, minute, second] = [Number(match[1]), Number(minuteText ?? 0), Number(secondText ?? 0)];
  const leapSecond = second === 60;
  if (hour > 24 || minute > 59 || second > 60) return undefined;

  const unit = secondText !== undefined ? 1 : minuteText !== undefined ? 60 : 3600;
  const micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fractionMicros(fraction, unit);
  if (hour === 24 && micros !== DAY * 1000) return undefined;
  return { millis: Math.floor(micros / 1000), micros: micros % 1000, leapSecond };
}

function fractionMicros(digits: string, unitSeconds: number): number {
  const kept = digits.slice(0, 30);
  if (kept === '') return 0;
  return Number((BigInt(kept) * BigInt(unitSeconds) * 1_000_000n) / 10n ** BigInt(kept.length));
}

function offsetMillis(text: string): number | undefined {
  if (text === 'Z' || text === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('+') ? 1 : -1) * (hours * 60 + minutes) * 60_000;
}

function written(millis: number, micros: number): Timestamp {
  const date = new Date(millis);
  const year = date.getUTCFullYear();
  // PostgreSQL counts years without a zero: year 0 of ISO 8601 is 1 BC.
  const countedYear = year > 0 ? year : 1 - year;
  const day = `${padded(countedYear, 4)}-${padded(date.getUTCMonth() + 1, 2)}-${padded(date.getUTCDate(), 2)}`;
  const time = `${padded(date.getUTCHours(), 2)}:${padded(date.getUTCMinutes(), 2)}:${padded(date.getUTCSeconds(), 2)}`;
  const fraction = padded(date.getUTCMilliseconds(), 3) + padded(micros, 3);
  return {
    text: `${day} ${time}.${fraction}+00${year > 0 ? '' : ' BC'}`,
    micros: String(BigInt(millis) * 1000n + BigInt(micros)),
  };
}

function padded(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
