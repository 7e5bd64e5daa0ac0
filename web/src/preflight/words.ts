import { plural, whole } from '../words/numbers.js';

interface Estimate {
  readonly low: number;
  readonly high: number | null;
  readonly exact: boolean;
}

/** `41,002`, `~12,000–15,000`, or `at least 5,000`. */
export function estimate({ low, high, exact }: Estimate, words: (value: number) => string = whole): string {
  if (exact || low === high) return words(low);
  return high === null ? `at least ${words(low)}` : `~${words(low)}–${words(high)}`;
}

export function counts(range: { readonly from: number; readonly to: number } | null): string {
  if (range === null) return 'unknown';
  return range.from === range.to ? whole(range.to) : `~${whole(range.from)}–${whole(range.to)}`;
}

/** `1 in 500`, which reads easier than a small share. */
export function shareOf(part: number, total: number): string {
  if (part === 0 || total === 0) return 'none';
  return part === total ? 'all' : `1 in ${whole(Math.max(1, Math.round(total / part)))}`;
}

export const sampledOf = (sample: { readonly records: number; readonly pages: number }): string =>
  `${plural(sample.records, 'record')} of ${plural(sample.pages, 'page')}`;
