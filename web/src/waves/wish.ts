import type { NewWave } from '../api/types.js';
import { plural, whole } from '../words/numbers.js';

/** What the dialog asks for. */
export interface WaveWish {
  readonly kind: string;
  readonly key: string;
  readonly from: 'list' | 'status';
  /** Pasted: ids between spaces, commas and lines. */
  readonly list: string;
  readonly order: 'given' | 'key';
  readonly status: string;
  readonly atOnce: string;
  readonly hours: 'always' | 'window';
  readonly opens: string;
  readonly closes: string;
  readonly zone: string;
  /** Empty: it never stops automatically. */
  readonly stopPercent: string;
}

/** As the API bounds it. */
const MOST_AT_ONCE = 1_000;
const MOST_MEMBERS = 50_000;

/** Each id once, in its order; lines that begin with # are remarks. */
export function idsIn({ list, order }: Pick<WaveWish, 'list' | 'order'>): string[] {
  const lines = list.split('\n').filter((line) => !line.trim().startsWith('#'));
  const ids = [...new Set(lines.flatMap((line) => line.split(/[\s,;]+/)).filter((id) => id !== ''))];
  return order === 'key' ? ids.toSorted() : ids;
}

/** What is still missing or wrong, as a sentence; undefined if nothing is. @param matching how many have the status, if it is known */
export function whatIsMissing(wish: WaveWish, matching: number | undefined): string | undefined {
  const ids = idsIn(wish);
  const atOnce = Number(wish.atOnce);
  const percent = Number(wish.stopPercent);
  if (wish.from === 'list' && ids.length === 0) return 'Paste at least one id.';
  if (wish.from === 'status' && matching === 0) return `None has the status ${wish.status}.`;
  if (ids.length > MOST_MEMBERS) return `A wave has at most ${whole(MOST_MEMBERS)}.`;
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > MOST_AT_ONCE)
    return `Between 1 and ${whole(MOST_AT_ONCE)} may run at once.`;
  if (wish.hours === 'window' && (wish.opens === '' || wish.closes === '' || wish.opens === wish.closes))
    return 'The window must open and close at different times.';
  if (!(percent >= 0 && percent <= 100)) return 'The share that may fail is between 0 and 100 %.';
  if (wish.key.trim() === '') return 'Name the wave.';
  return undefined;
}

export function bodyOf(wish: WaveWish): NewWave {
  const { kind, key, from, status, atOnce, hours, opens, closes, zone, stopPercent } = wish;
  return {
    kind,
    key: key.trim(),
    ...(from === 'list' ? { keys: idsIn(wish) } : { all: { status } }),
    at_once: Number(atOnce),
    ...(hours === 'window' && { window: `${opens}–${closes} ${zone}` }),
    ...(stopPercent !== '' && { stop_percent: Number(stopPercent) }),
  };
}

/** What the button will do. @param matching how many have the status, if it is known */
export function sentenceOf(wish: WaveWish, subjects: string, matching: number | undefined): string {
  const { from, status, atOnce, hours, opens, closes, zone, stopPercent } = wish;
  const what =
    from === 'list'
      ? plural(idsIn(wish).length, subjects.replace(/s$/, ''), subjects)
      : `${matching === undefined ? 'All' : `All ${whole(matching)}`} ${subjects} with the status ${status}`;
  const when = hours === 'window' ? `between ${opens} and ${closes} (${zone})` : 'as soon as there is room';
  const stops =
    stopPercent === ''
      ? 'It never stops automatically.'
      : `It stops when more than ${stopPercent} % have failed.`;
  return `${what}: at most ${atOnce} run at once, started ${when}. ${stops}`;
}
