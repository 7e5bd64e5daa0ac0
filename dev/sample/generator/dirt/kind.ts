import type { DirtBench } from './bench.js';

/** A kind of irregularity. `index` counts what is planted of it; the kind has `variants` that take turns. */
export interface DirtKind {
  variants: number;
  plant(bench: DirtBench, index: number): void;
}
