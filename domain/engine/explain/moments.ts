/** `2026-03-01 10:00:00 UTC` */
export function at(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** ` since 2026-03-01 10:00:00 UTC`, or nothing. */
export function since(time: string | null): string {
  return time === null ? '' : ` since ${at(time)}`;
}

/** Milliseconds from one time to a later one. */
export function msBetween(earlier: string, later: string): number {
  return Date.parse(later) - Date.parse(earlier);
}

/** `1 number`, `2,000 numbers` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${Math.round(count).toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** The earliest; null if all are. */
export function earliest(times: readonly (string | null)[]): string | null {
  const known = times.filter((time) => time !== null);
  return known.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}
