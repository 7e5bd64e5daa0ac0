import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';
import type { components } from '../api/openapi.js';
import { ofMigration, PAGE } from '../api/queries.js';
import type { MigrationRef } from '../api/types.js';

export type Quarantined = components['schemas']['QuarantinedRecord'];
export type QuarantineGroup = components['schemas']['QuarantineGroup'];

export interface QuarantineFilter {
  readonly reason?: string;
  readonly table?: 'threads' | 'messages';
  readonly waived?: 'true' | 'false';
}

export const quarantineQuery = (of: MigrationRef, filter: QuarantineFilter) =>
  infiniteQueryOptions({
    queryKey: [...ofMigration(of), 'quarantine', filter],
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/v2/migrations/{account_id}/quarantine', {
          params: {
            path: { account_id: of.key },
            query: { ...filter, limit: PAGE, ...(cursor && { cursor }) },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const groupsQuery = (of: MigrationRef) =>
  queryOptions({
    queryKey: [...ofMigration(of), 'quarantine-groups'],
    queryFn: async () =>
      (
        await answer(
          api.GET('/v2/migrations/{account_id}/quarantine/groups', {
            params: { path: { account_id: of.key }, query: { limit: PAGE } },
          }),
        )
      ).groups,
  });

/** Each reading leaves an audit row, so it is read once and only when somebody asks for it. */
export const recordQuery = (of: MigrationRef, record: string) =>
  queryOptions({
    queryKey: ['quarantined-record', of.key, record],
    queryFn: () =>
      answer(
        api.GET('/v2/migrations/{account_id}/quarantine/{record}', {
          params: { path: { account_id: of.key, record } },
        }),
      ),
    staleTime: Infinity,
  });
