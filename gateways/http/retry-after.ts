import { DateTime } from 'luxon';

/** The maximum: a server that sends more has made a mistake. */
const LONGEST_SECONDS = 3_600;

/** Parses either form of `Retry-After` to whole seconds after `now` (milliseconds since 1970); undefined for any other text. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text)
    ? Number(text)
    : (DateTime.fromHTTP(text).toMillis() - now) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(LONGEST_SECONDS, Math.max(0, Math.ceil(seconds)));
}
