import { textsOf } from '../words/search.js';

export interface FailuresSearch {
  readonly kind?: string;
  readonly sort?: string;
}

export const failuresSearch = (search: Record<string, unknown>): FailuresSearch =>
  textsOf(search, ['kind', 'sort']);
