const FULL = '█';
const EMPTY = '░';
/** A part of a cell, in eighths. */
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

export interface Bar {
  readonly filled: string;
  readonly empty: string;
}

/** @param share 0 to 1; the bar is full only at 1, and empty only at 0. */
export function bar(share: number, width: number): Bar {
  const bounded = Math.min(1, Math.max(0, share));
  const eighths = Math.round(bounded * width * 8);
  const least = bounded > 0 ? 1 : 0;
  const most = bounded < 1 ? width * 8 - 1 : width * 8;
  const drawn = Math.min(most, Math.max(least, eighths));
  const filled = FULL.repeat(Math.floor(drawn / 8)) + (PARTS[drawn % 8] ?? '');
  return { filled, empty: EMPTY.repeat(width - filled.length) };
}

/** 100 % only at 1, and 0 % only at 0. */
export function percent(share: number): string {
  const bounded = Math.min(1, Math.max(0, share));
  if (bounded === 0 || bounded === 1) return `${bounded * 100} %`;
  return `${Math.min(99, Math.max(1, Math.floor(bounded * 100)))} %`;
}
