import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';
import type { MemberState, Wave } from '../api/types.js';

const ROWS = 100;
/** The API looks at its waves as often. */
const EVERY_MS = 5_000;

/** Nothing more happens in a wave that has ended, once those that run have. */
export const isOver = ({ state, counts }: Pick<Wave, 'state' | 'counts'>): boolean =>
  (state === 'done' || state === 'cancelled') && counts.running === 0;

export const wavesQuery = infiniteQueryOptions({
  queryKey: ['waves'],
  queryFn: ({ pageParam: cursor }) =>
    answer(api.GET('/v2/waves', { params: { query: { limit: ROWS, ...(cursor && { cursor }) } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  refetchInterval: ({ state: { data } }) => EVERY_MS * Math.max(1, data?.pages.length ?? 1),
});

/** What belongs to one wave is read again once it is steered. */
export const ofWave = (id: string) => ['wave', id] as const;

export const waveQuery = (id: string) =>
  queryOptions({
    queryKey: [...ofWave(id), 'view'],
    queryFn: () => answer(api.GET('/v2/waves/{wave_id}', { params: { path: { wave_id: id } } })),
    refetchInterval: ({ state: { data } }) => (data === undefined || !isOver(data) ? EVERY_MS : false),
  });

/** @param isLive false once nothing more happens in the wave */
export const membersQuery = (id: string, state: MemberState | undefined, isLive: boolean) =>
  infiniteQueryOptions({
    queryKey: [...ofWave(id), 'members', state],
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/v2/waves/{wave_id}/members', {
          params: {
            path: { wave_id: id },
            query: { limit: ROWS, ...(state && { state }), ...(cursor && { cursor }) },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => isLive && EVERY_MS * Math.max(1, data?.pages.length ?? 1),
  });
