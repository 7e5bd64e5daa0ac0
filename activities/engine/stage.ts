import type { Source } from './source.js';
import type { Target } from './target.js';

/** How the slices of one name are read, and where their records go. */
export interface Stage<Item = unknown> {
  readonly name: string;
  readonly source: Source<Item>;
  readonly target: Target<Item>;
}
