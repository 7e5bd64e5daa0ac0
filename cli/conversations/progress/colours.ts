import type { createColors } from 'picocolors';

export type Colours = ReturnType<typeof createColors>;

/** Between columns, and before every line but the first. */
export const GAP = '  ';
