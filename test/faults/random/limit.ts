/** Milliseconds after which a test with so many random kills hangs, on any machine: its preparations, and each kill with what follows it. */
export function limitOf(kills: number): number {
  return 600_000 + kills * 20_000;
}
