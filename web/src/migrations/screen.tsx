import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { kindsQuery, type ListFilter, migrationsQuery, summaryQuery } from '../api/queries.js';
import { Button } from '../ui/controls/button.js';
import { DataTable } from '../ui/table/data-table.js';
import { ScreenHead } from '../ui/screen/screen.js';
import { Empty, Failed, Skeleton } from '../ui/screen/states.js';
import { COLUMNS } from './columns.js';
import { Filters } from './filters.js';
import { StartDialog } from './start-dialog.js';
import { SummaryStrip } from './summary-strip.js';
import { useLivePages } from './live-pages.js';

const ROW_PX = 49;
const route = getRouteApi('/migrations');

/** All migrations of all kinds, the latest change first. */
export function Migrations() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const { data: kinds = [] } = useQuery(kindsQuery);
  const { data: summary } = useQuery(summaryQuery);
  const [starting, setStarting] = useState(false);
  const change = useCallback(
    (search: ListFilter) => void navigate({ search, replace: true, resetScroll: false }),
    [navigate],
  );
  const start = (
    <Button look="main" onClick={() => setStarting(true)}>
      <Plus size={16} aria-hidden /> Start a migration
    </Button>
  );
  return (
    <>
      <ScreenHead title="Migrations" actions={start} />
      <SummaryStrip />
      <Filters filter={filter} kinds={kinds} summary={summary} onChange={change} />
      <List filter={filter} onClear={() => change({})} />
      {starting && <StartDialog kinds={kinds} onClose={() => setStarting(false)} />}
    </>
  );
}

interface ListProps {
  readonly filter: ListFilter;
  readonly onClear: () => void;
}

function List({ filter, onClear }: ListProps) {
  const query = useInfiniteQuery(migrationsQuery(filter));
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useLivePages(filter, data?.pages.length ?? 1);
  const rows = useMemo(() => {
    const all = data?.pages.flatMap(({ migrations }) => migrations) ?? [];
    // One that changes while its neighbours are read may be on two pages: the first is the newer one.
    return [...new Map(all.toReversed().map((row) => [`${row.kind}/${row.key}`, row])).values()].reverse();
  }, [data]);
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);

  // A page of a filtered list may be empty although another one follows.
  const goesOn = rows.length === 0 && hasNextPage;
  useEffect(() => {
    if (goesOn) more();
  }, [goesOn, more]);

  if (isPending || goesOn) return <Skeleton lines={12} label="Loading migrations" />;
  if (data === undefined)
    return <Failed what="The list of migrations" error={error} onRetry={() => void refetch()} />;
  if (rows.length === 0)
    return Object.keys(filter).length > 0 ? (
      <Empty title="Nothing matches" action={<Button onClick={onClear}>Clear all filters</Button>}>
        No migration has all of these. Search finds parts of names and ids.
      </Empty>
    ) : (
      <Empty title="No migrations yet">
        They appear here when an app or the Conversations service starts one, or when you do.
      </Empty>
    );
  return (
    <DataTable
      label="Migrations"
      columns={COLUMNS}
      rows={rows}
      rowId={({ kind, key }) => `${kind}/${key}`}
      rowHeight={ROW_PX}
      hasMore={hasNextPage}
      onMore={more}
    />
  );
}
