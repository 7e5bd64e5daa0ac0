import type { MemberState, Wave } from '../api/types.js';
import { whole } from '../words/numbers.js';
import type { Tone } from '../words/statuses.js';

type Counts = Wave['counts'];

/** The states of members as they follow each other in a bar. */
const SEGMENTS: readonly {
  readonly states: readonly MemberState[];
  readonly name: string;
  readonly tone: Tone;
}[] = [
  { states: ['done'], name: 'done', tone: 'done' },
  { states: ['failed', 'refused'], name: 'failed', tone: 'failed' },
  { states: ['cancelled', 'skipped'], name: 'left out', tone: 'stopped' },
  { states: ['running'], name: 'running', tone: 'running' },
];

const countOf = (counts: Counts, states: readonly MemberState[]): number =>
  states.reduce((sum, state) => sum + counts[state], 0);

export interface BarPart {
  readonly name: string;
  readonly tone: Tone;
  readonly count: number;
  /** How many come before it. */
  readonly from: number;
}

export function partsOf(counts: Counts): readonly BarPart[] {
  let from = 0;
  return SEGMENTS.map(({ states, name, tone }) => {
    const part = { name, tone, count: countOf(counts, states), from };
    from += part.count;
    return part;
  });
}

/** `12 of 40 done, 1 failed, 3 running`. */
export function progressOf(counts: Counts): string {
  const others = partsOf(counts).filter(({ name, count }) => name !== 'done' && count > 0);
  return [
    `${whole(counts.done)} of ${whole(counts.total)} done`,
    ...others.map(({ count, name }) => `${whole(count)} ${name}`),
  ].join(', ');
}
