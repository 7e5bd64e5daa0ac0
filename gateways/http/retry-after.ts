import { DateTime } from 'luxon';

/** A server that says more has made a mistake: it is asked again after this. */
const LONGEST_SECONDS = 3_600;

/** `Retry-After` in either of its forms as whole seconds from `now` (milliseconds since 1970) on; undefined where it is neither. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text)
    ? Number(text)
    : (DateTime.fromHTTP(text).toMillis() - now) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(LONGEST_SECONDS, Math.max(0, Math.ceil(seconds)));
}
