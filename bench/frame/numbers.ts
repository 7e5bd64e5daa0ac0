/** `12,345` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** `0.94 (0.92–0.95)`: the median, with the smallest and the largest if there are several. */
export function spread(values: readonly number[], digits = 2): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, most] = [sorted.at(0), sorted.at(-1)];
  if (least === undefined || most === undefined) return '';
  const middle = median(values).toFixed(digits);
  return values.length === 1 ? middle : `${middle} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

/** The median; of an even number of values the mean of the two in the middle. Throws if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new Error('no values have no median');
  return (lower + upper) / 2;
}

/** `p50 0.38 s, p95 0.76 s` of milliseconds. */
export function percentiles(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (part: number) =>
    ((sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN) / 1_000).toFixed(2);
  return `p50 ${at(0.5)} s, p95 ${at(0.95)} s`;
}
