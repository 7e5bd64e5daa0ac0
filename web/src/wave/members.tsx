import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { MemberState, Wave, WaveMember } from '../api/types.js';
import { Age } from '../ui/status/age.js';
import { Chips } from '../ui/table/chips.js';
import { type Column, DataTable } from '../ui/table/data-table.js';
import { Empty, Unread } from '../ui/screen/states.js';
import { Status } from '../ui/status/status.js';
import { isOver, membersQuery } from '../waves/queries.js';
import { whole } from '../words/numbers.js';
import { inWords } from '../words/statuses.js';

const ROW_PX = 49;
const ALL = 'all';
/** Those that are looked for most come first. */
const STATES = ['running', 'failed', 'refused', 'waiting', 'done', 'cancelled', 'skipped'] as const;
const route = getRouteApi('/waves/$wave');

const columnsOf = (kind: string): readonly Column<WaveMember>[] => [
  {
    id: 'position',
    head: 'Order',
    track: '56px',
    end: true,
    card: 'none',
    cell: ({ position }) => whole(position),
  },
  {
    id: 'key',
    head: 'Id',
    track: 'minmax(140px, 1fr)',
    card: 'first',
    cell: ({ key, status }) =>
      status === null ? (
        <code>{key}</code>
      ) : (
        <Link to="/migrations/$kind/$key" params={{ kind, key }}>
          <code>{key}</code>
        </Link>
      ),
  },
  { id: 'state', head: 'In the wave', track: '120px', cell: ({ state }) => <Status status={state} /> },
  {
    id: 'status',
    head: 'Migration',
    track: 'minmax(180px, 1fr)',
    cell: ({ status }) => (status === null ? '–' : <Status status={status} />),
  },
  {
    id: 'started',
    head: 'Started',
    track: '88px',
    end: true,
    cell: ({ started_at: at }) => (at === null ? '–' : <Age at={at} />),
  },
  {
    id: 'ended',
    head: 'Ended',
    track: '88px',
    end: true,
    cell: ({ ended_at: at }) => (at === null ? '–' : <Age at={at} />),
  },
  {
    id: 'why',
    head: 'Why',
    track: 'minmax(0, 2fr)',
    card: 'bare',
    cell: ({ failure }) => (
      <span>
        {failure && (
          <>
            {failure.message} <span className="muted">{failure.next_step}</span>
          </>
        )}
      </span>
    ),
  },
];

/** What the wave starts, in its order; those in one state, or all. */
export function Members({ wave }: { wave: Wave }) {
  const { id, kind, counts } = wave;
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    membersQuery(id, state, !isOver(wave)),
  );
  const columns = useMemo(() => columnsOf(kind), [kind]);
  const rows = useMemo(() => data?.pages.flatMap(({ members }) => members) ?? [], [data]);
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  return (
    <>
      <Chips<MemberState | typeof ALL>
        label="States in the wave"
        chips={[
          { id: ALL, name: 'All', count: counts.total },
          ...STATES.filter((each) => counts[each] > 0 || each === state).map((each) => ({
            id: each,
            name: inWords(each),
            count: counts[each],
          })),
        ]}
        chosen={state ?? ALL}
        onChoose={(next) =>
          void navigate({ search: next === ALL ? {} : { state: next }, replace: true, resetScroll: false })
        }
      />
      {data === undefined && (
        <Unread what="What the wave starts" error={error} onRetry={() => void refetch()} lines={6} />
      )}
      {data !== undefined && rows.length === 0 && (
        <Empty title="No member is in this state">Members change state as the wave goes on.</Empty>
      )}
      {rows.length > 0 && (
        <DataTable
          label="What the wave starts"
          columns={columns}
          rows={rows}
          rowId={({ key }) => key}
          rowHeight={ROW_PX}
          hasMore={hasNextPage}
          onMore={more}
        />
      )}
    </>
  );
}
