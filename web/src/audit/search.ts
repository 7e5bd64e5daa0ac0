import type { AuditFilter } from '../api/queries.js';
import { textsOf } from '../words/search.js';

export type AuditSearch = AuditFilter;

export const auditSearch = (search: Record<string, unknown>): AuditSearch =>
  textsOf(search, ['kind', 'key', 'by', 'action', 'from', 'to']);
