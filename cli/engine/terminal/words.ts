import stringWidth from 'string-width';

/** `12345` → `12,345`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes, for people: `425 B`, `1.2 MB`. */
export function size(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 100 ? count(value) : value.toFixed(1)} ${UNITS[power]}`;
}

/** `1,236/s`; below one a second `0.2/s`, so that slow progress does not read as none. */
export function rateInWords(perSecond: number): string {
  if (perSecond >= 1 || perSecond === 0) return `${count(perSecond)}/s`;
  return `${Math.max(0.1, perSecond).toFixed(1)}/s`;
}

/** Seconds, for people: `8s`, `3m05s`, `2h10m`, `3d4h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)}h${pad(Math.floor((whole % 3_600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d${Math.floor((whole % 86_400) / 3_600)}h`;
}

/** `1m20s`, or as a range `1m20s–2m05s`. */
export function durationRange({ low, high }: { readonly low: number; readonly high: number }): string {
  const [least, most] = [duration(low), duration(high)];
  return least === most ? least : `${least}–${most}`;
}

/** `41,002` if it is known, else a range of two significant figures: `~12,000–15,000`. */
export function countRange({ low, high }: { readonly low: number; readonly high: number }): string {
  if (low === high) return count(low);
  const [least, most] = [rounded(low, Math.floor), rounded(high, Math.ceil)];
  return least === most ? `~${count(least)}` : `~${count(least)}–${count(most)}`;
}

function rounded(value: number, to: (value: number) => number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return to(value / unit) * unit;
}

/** `2026-01-05T10:00:00.000Z` → `2026-01-05 10:00:00`. */
export function moment(time: string): string {
  return time.slice(0, 19).replace('T', ' ');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The text, shortened at its end with `…` to at most `width` columns of a terminal. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** The text, shortened at its beginning with `…` to at most `width` columns. */
export function shortenStart(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  while (segments.length > 0 && stringWidth(segments.join('')) > width - 1) segments.shift();
  return width < 1 ? '' : `…${segments.join('')}`;
}

/** Wraps the text between words, to lines of at most `width` columns; longer words are shortened. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const joined = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && stringWidth(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(shorten(word, width));
  }
  return lines;
}

/**
 * Wraps sentences to lines of at most `width` columns. Words that are wider stay whole, and a command at the end stays on one line, so that
 * both can be copied. Lines after the first begin with `indent`.
 */
export function sentences(text: string, width: number | undefined, indent = ''): string[] {
  const [, before = text, command] = /^(.*: )(carryover .*)$/.exec(text) ?? [];
  const words = [...before.trimEnd().split(' '), ...(command === undefined ? [] : [command])];
  const lines: string[] = [];
  for (const word of words) {
    const joined = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length === 0) lines.push(word);
    else if (stringWidth(joined) <= (width ?? Number.POSITIVE_INFINITY)) lines[lines.length - 1] = joined;
    else lines.push(indent + word);
  }
  return lines;
}

/** Untrusted text on one line: control characters, which would move the cursor, become spaces. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** The number of columns that a terminal needs for the text. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text))) + text;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
