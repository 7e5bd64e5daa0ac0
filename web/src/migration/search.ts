import { textsOf } from '../words/search.js';

export interface MigrationSearch {
  readonly tab?: string;
}

export const migrationSearch = (search: Record<string, unknown>): MigrationSearch => textsOf(search, ['tab']);
