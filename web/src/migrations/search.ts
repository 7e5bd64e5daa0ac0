import { textsOf } from '../words/search.js';
import type { ListFilter } from '../api/queries.js';

export type MigrationsSearch = ListFilter;

export function migrationsSearch(search: Record<string, unknown>): MigrationsSearch {
  const { needs_attention: attention, ...rest } = textsOf(search, [
    'kind',
    'status',
    'phase',
    'q',
    'needs_attention',
  ]);
  return { ...rest, ...(attention === 'true' && { needs_attention: 'true' }) };
}
