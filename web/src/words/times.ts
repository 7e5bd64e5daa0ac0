const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const SHORT_CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

export interface Seconds {
  readonly from: number;
  readonly to: number;
}

/** A length of time in its largest unit: `40 s`, `3 min`, `5 h`, `2 d`. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 100 * MINUTE) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 48 * HOUR) return `${Math.round(seconds / HOUR)} h`;
  return `${Math.round(seconds / DAY)} d`;
}

/** `3–5 min`, or both units where they differ. */
export function range({ from, to }: Seconds): string {
  const [low, high] = [duration(from), duration(to)];
  if (low === high) return high;
  const [amount, unit] = low.split(' ');
  return high.endsWith(` ${unit}`) ? `${amount}–${high}` : `${low} – ${high}`;
}

/** The times at which the range ends, as of now. */
export function expectedEnd({ from, to }: Seconds, now: number): string {
  const [low, high] = [from, to].map((seconds) => new Date(now + seconds * 1_000));
  if (low === undefined || high === undefined) return '';
  const words = to > 20 * HOUR ? (at: Date) => DATE.format(at) : (at: Date) => SHORT_CLOCK.format(at);
  return words(low) === words(high) ? words(high) : `${words(low)}–${words(high)}`;
}

/** `now`, `40 s ago`, `3 min ago`. */
export function ago(at: string, now: number): string {
  const seconds = (now - Date.parse(at)) / 1_000;
  return seconds < 5 ? 'now' : `${duration(seconds)} ago`;
}

/** How long something has lasted. */
export const since = (at: string, now: number): string => duration((now - Date.parse(at)) / 1_000);

export function clockTime(at: string | number, now: number): string {
  const date = new Date(at);
  const time = CLOCK.format(date);
  return new Date(now).toDateString() === date.toDateString() ? time : `${DATE.format(date)}, ${time}`;
}

export const fullTime = (at: string): string => FULL.format(new Date(at));
