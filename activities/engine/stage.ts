import type { Source } from './source.js';
import type { Target } from './target.js';

/** Slices of one name: how they are read and where their records go. */
export interface Stage<Item = unknown> {
  readonly name: string;
  readonly source: Source<Item>;
  readonly target: Target<Item>;
}
