const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const ONE_DIGIT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export const whole = (n: number): string => WHOLE.format(n);
export const short = (n: number): string => SHORT.format(n);

/** Items a second. */
export function rate(perSecond: number): string {
  if (perSecond <= 0) return '0/s';
  if (perSecond >= 10_000) return `${SHORT.format(perSecond)}/s`;
  return perSecond < 10 ? `${ONE_DIGIT.format(perSecond)}/s` : `${WHOLE.format(perSecond)}/s`;
}

export function plural(n: number, word: string, words = `${word}s`): string {
  return `${whole(n)} ${n === 1 ? word : words}`;
}

/** Between 0 and 1, and below 1 until the migration has ended, since the total is an estimate. */
export function share({ done, planned }: { done: number; planned: number }, ended: boolean): number {
  if (ended) return 1;
  if (planned <= 0) return 0;
  return Math.min(done / planned, 0.99);
}

/** Rounded down, so that it is never 100 % too early. */
export const percent = (part: number): string => `${Math.floor(part * 100)} %`;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

export function bytes(n: number): string {
  const power = n < 1 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), UNITS.length - 1);
  return `${ONE_DIGIT.format(n / 1_000 ** power)} ${UNITS[power] ?? 'B'}`;
}
