import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';
import type { components } from '../api/openapi.js';

type Schemas = components['schemas'];
export type Source = Schemas['InboxSources']['inboxes'][number];
export type Destination = Schemas['InboxDestinations']['inboxes'][number];
export type MovePreview = Schemas['InboxMovePreview'];

export const sourcesQuery = (q: string) =>
  queryOptions({
    queryKey: ['inbox-sources', q],
    queryFn: () => answer(api.GET('/v2/kinds/inbox/sources', { params: { query: { q } } })),
    placeholderData: keepPreviousData,
  });

export const destinationsQuery = (key: string) =>
  queryOptions({
    queryKey: ['inbox-destinations', key],
    queryFn: async () =>
      (await answer(api.GET('/v2/kinds/inbox/sources/{key}/destinations', { params: { path: { key } } })))
        .inboxes,
  });

/** It counts a whole inbox, so it is read only on request and never refreshed automatically. */
export const previewQuery = (key: string, destination: number) =>
  queryOptions({
    queryKey: ['inbox-preview', key, destination],
    queryFn: () =>
      answer(
        api.GET('/v2/kinds/inbox/sources/{key}/preview', {
          params: { path: { key }, query: { destination_inbox_id: destination } },
        }),
      ),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
