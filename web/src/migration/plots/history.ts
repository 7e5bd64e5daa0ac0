import type { QueryClient } from '@tanstack/react-query';
import { rowQuery } from '../../api/queries.js';
import type { MigrationRef } from '../../api/types.js';
import { browserClock } from '../../clock.js';

export interface Point {
  /** Seconds since 1970, as plots take it. */
  readonly at: number;
  readonly rate: number;
  readonly backlog: number;
}

/** Ten minutes, one point every two seconds. */
const EVERY_MS = 2_000;
const MOST = 300;

const kept = new Map<string, readonly Point[]>();
const listeners = new Set<() => void>();
const nameOf = ({ kind, key }: MigrationRef): string => JSON.stringify([kind, key]);

/** What the page has seen of a migration's speed since it was opened. */
export function pointsOf(of: MigrationRef): readonly Point[] {
  return kept.get(nameOf(of)) ?? NONE;
}
const NONE: readonly Point[] = [];

export function onPoint(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Adds a point now and then; call the returned function to stop. */
export function record(client: QueryClient, of: MigrationRef): () => void {
  const add = (): void => {
    const row = client.getQueryData(rowQuery(of).queryKey);
    if (row === undefined) return;
    const { done, planned } = row.progress;
    const point = { at: browserClock.now() / 1_000, rate: row.rate, backlog: Math.max(0, planned - done) };
    kept.set(nameOf(of), [...pointsOf(of).slice(1 - MOST), point]);
    for (const listener of listeners) listener();
  };
  add();
  return browserClock.every(EVERY_MS, add);
}
