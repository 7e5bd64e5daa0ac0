import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api } from './client.js';
import type { AuditAction, MigrationRef, MigrationView } from './types.js';

export const PAGE = 50;
const ROWS = 100;

export interface ListFilter {
  readonly kind?: string;
  readonly status?: string;
  readonly phase?: string;
  readonly q?: string;
  readonly needs_attention?: 'true';
}

export const migrationsPage = (filter: ListFilter, cursor: string | undefined) =>
  answer(
    api.GET('/v2/all-migrations', {
      params: { query: { ...filter, limit: ROWS, ...(cursor && { cursor }) } },
    }),
  );

export const migrationsQuery = (filter: ListFilter) =>
  infiniteQueryOptions({
    queryKey: ['migrations', filter],
    queryFn: ({ pageParam }) => migrationsPage(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const summaryQuery = queryOptions({
  queryKey: ['summary'],
  queryFn: () => answer(api.GET('/v2/summary')),
});

export const kindsQuery = queryOptions({
  queryKey: ['kinds'],
  queryFn: async () => (await answer(api.GET('/v2/kinds'))).kinds,
  staleTime: Infinity,
});

/** What belongs to one migration is read again whenever it changes. */
export const ofMigration = ({ kind, key }: MigrationRef) => ['migration', kind, key] as const;

export const migrationQuery = (of: MigrationRef) =>
  queryOptions({
    queryKey: [...ofMigration(of), 'view'],
    queryFn: async () =>
      (await answer(api.GET('/v2/kinds/{kind}/migrations/{key}', { params: { path: of } }))) as MigrationView,
  });

/** The migration as lists have it, which is the same for every kind. */
export const rowQuery = (of: MigrationRef) =>
  queryOptions({
    queryKey: [...ofMigration(of), 'row'],
    queryFn: () => answer(api.GET('/v2/kinds/{kind}/migrations/{key}/row', { params: { path: of } })),
  });

export const unitsQuery = (of: MigrationRef) =>
  queryOptions({
    queryKey: [...ofMigration(of), 'units'],
    queryFn: async () =>
      (await answer(api.GET('/v2/kinds/{kind}/migrations/{key}/units', { params: { path: of } }))).units,
  });

export const explanationQuery = (of: MigrationRef) =>
  queryOptions({
    queryKey: [...ofMigration(of), 'explain'],
    queryFn: () => answer(api.GET('/v2/kinds/{kind}/migrations/{key}/explain', { params: { path: of } })),
  });

export const timelineQuery = (of: MigrationRef) =>
  infiniteQueryOptions({
    queryKey: [...ofMigration(of), 'timeline'],
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/v2/kinds/{kind}/migrations/{key}/timeline', {
          params: { path: of, query: { limit: PAGE, ...(cursor && { cursor }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  });

export const migrationFailuresQuery = (of: MigrationRef) =>
  infiniteQueryOptions({
    queryKey: [...ofMigration(of), 'failures'],
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/v2/kinds/{kind}/migrations/{key}/failures', {
          params: { path: of, query: { limit: PAGE, ...(cursor && { cursor }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  });

export const failuresQuery = (kind: string, sort: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['failures', kind, sort],
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/v2/kinds/{kind}/failures', {
          params: {
            path: { kind },
            query: { limit: PAGE, ...(sort && { kind: sort }), ...(cursor && { cursor }) },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const reportQuery = (kind: string) =>
  queryOptions({
    queryKey: ['report', kind],
    queryFn: () => answer(api.GET('/v2/kinds/{kind}/report', { params: { path: { kind } } })),
  });

export interface AuditFilter {
  readonly kind?: string;
  readonly key?: string;
  readonly by?: string;
  readonly action?: AuditAction;
  readonly from?: string;
  readonly to?: string;
}

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/v2/audit', { params: { query: { ...filter, limit: ROWS, ...(cursor && { cursor }) } } }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: () => answer(api.GET('/v2/system')),
  refetchInterval: 5_000,
});
