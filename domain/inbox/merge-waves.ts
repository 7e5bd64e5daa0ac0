import type { Id } from './decide.js';

export interface Merge {
  readonly gone: Id;
  readonly kept: Id;
}

/**
 * Groups merges into waves; the merges of a wave may be done at once. No contact is in a wave twice, and merges that share a contact keep their
 * order: a contact has taken over one contact's rows before it is merged itself or takes over the next one's.
 */
export function mergeWaves(merges: readonly Merge[]): Merge[][] {
  const waves: Merge[][] = [];
  const next = new Map<Id, number>();
  for (const merge of merges) {
    const wave = Math.max(next.get(merge.gone) ?? 0, next.get(merge.kept) ?? 0);
    (waves[wave] ??= []).push(merge);
    next.set(merge.gone, wave + 1).set(merge.kept, wave + 1);
  }
  return waves;
}
