import type { MemberState } from '../api/types.js';
import { textsOf } from '../words/search.js';

const IS_STATE: Readonly<Record<MemberState, true>> = {
  ...{ waiting: true, running: true, done: true },
  ...{ failed: true, refused: true, cancelled: true, skipped: true },
};

export interface WaveSearch {
  readonly state?: MemberState;
}

export function waveSearch(search: Record<string, unknown>): WaveSearch {
  const { state = '' } = textsOf(search, ['state']);
  return Object.hasOwn(IS_STATE, state) ? { state: state as MemberState } : {};
}
