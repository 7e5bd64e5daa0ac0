import type { Id } from './decide.js';

export interface Merge {
  readonly gone: Id;
  readonly kept: Id;
}

/**
 * Merges that may be done at once, wave after wave. No contact is in a wave twice, and those that share a contact keep their order: what a contact takes over
 * from one is there before it is merged itself, or takes over from the next.
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
