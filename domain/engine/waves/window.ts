import { DateTime, IANAZone } from 'luxon';

/** The hours of each day in which a wave may start migrations. Minutes of the day; a window whose end is not after its beginning ends on the next day. */
export interface Window {
  readonly from: number;
  readonly to: number;
  /** A name of the IANA's database: `Europe/Berlin`. */
  readonly zone: string;
}

export type WindowState =
  | { readonly isOpen: true; /** ISO 8601. */ readonly closesAt: string }
  | { readonly isOpen: false; readonly opensAt: string };

const FORM = /^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s+(\S+)$/;

/** Reads `22:00–06:00 Europe/Berlin`, with a hyphen or a dash. Returns the problem as a sentence if it cannot. */
export function parseWindow(text: string): Window | string {
  const [, fromHour, fromMinute, toHour, toMinute, zone = ''] = FORM.exec(text.trim()) ?? [];
  const [from, to] = [minuteOf(fromHour, fromMinute), minuteOf(toHour, toMinute)];
  if (from === undefined || to === undefined)
    return 'A window has the form "22:00–06:00 Europe/Berlin", with hours from 00:00 to 23:59.';
  if (from === to) return 'A window must begin and end at different times; without one it is always open.';
  if (!IANAZone.isValidZone(zone))
    return `There is no time zone ${zone}. Name one such as Europe/Berlin or UTC.`;
  return { from, to, zone };
}

function minuteOf(hour: string | undefined, minute: string | undefined): number | undefined {
  const [h, m] = [Number(hour), Number(minute)];
  return h <= 23 && m <= 59 ? h * 60 + m : undefined;
}

export function windowText({ from, to, zone }: Window): string {
  return `${timeText(from)}–${timeText(to)} ${zone}`;
}

function timeText(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/**
 * Whether the window is open, and until when. Times are of the zone's clocks: over a night in which they change, `22:00–06:00` takes seven or nine
 * hours. A time that a change skips (02:30 in spring) counts an hour later; of a time that occurs twice, the first counts.
 *
 * @param now milliseconds since 1970
 */
export function windowState({ from, to, zone }: Window, now: number): WindowState {
  const today = DateTime.fromMillis(now, { zone }).startOf('day');
  const at = (day: DateTime, minute: number) =>
    day.set({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const days = to > from ? 0 : 1;
  for (const offset of [-1, 0, 1, 2]) {
    // Days are added on the calendar, not as hours.
    const day = today.plus({ days: offset });
    const begins = at(day, from);
    const ends = at(day.plus({ days }), to);
    if (now >= ends.toMillis() || ends <= begins) continue;
    return now >= begins.toMillis()
      ? { isOpen: true, closesAt: iso(ends) }
      : { isOpen: false, opensAt: iso(begins) };
  }
  throw new Error(`The window ${windowText({ from, to, zone })} never opens.`);
}

function iso(time: DateTime): string {
  return new Date(time.toMillis()).toISOString();
}
