import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';
import { ofMigration } from '../api/queries.js';
import type { MigrationRef } from '../api/types.js';

/** A worker reads the source for it, so it is asked for by a person, and again only by a person. */
export const preflightQuery = (of: MigrationRef) =>
  queryOptions({
    queryKey: ['preflight', ...ofMigration(of)],
    queryFn: ({ signal }) =>
      answer(api.GET('/v2/kinds/{kind}/migrations/{key}/preflight', { params: { path: of }, signal })),
    staleTime: Infinity,
    retry: false,
    refetchOnReconnect: false,
  });
