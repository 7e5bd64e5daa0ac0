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

const UNITS = [
  { name: 's', seconds: 1, below: 100 },
  { name: 'min', seconds: MINUTE, below: 100 * MINUTE },
  { name: 'h', seconds: HOUR, below: 48 * HOUR },
  { name: 'd', seconds: DAY, below: Infinity },
] as const;

const unitFor = (seconds: number) => UNITS.find(({ below }) => seconds < below) ?? UNITS[0];
const amount = (seconds: number, unit: { readonly seconds: number }): number =>
  Math.max(0, Math.round(seconds / unit.seconds));

/** A length of time in its largest unit: `40 s`, `3 min`, `5 h`, `2 d`. */
export function duration(seconds: number): string {
  const unit = unitFor(seconds);
  return `${amount(seconds, unit)} ${unit.name}`;
}

/** `3–5 min`, in the unit of the later end. */
export function range({ from, to }: Seconds): string {
  const unit = unitFor(to);
  const [low, high] = [amount(from, unit), amount(to, unit)];
  if (low === high) return `${high} ${unit.name}`;
  return low === 0 ? `under ${high} ${unit.name}` : `${low}–${high} ${unit.name}`;
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
