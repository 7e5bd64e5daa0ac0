import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useCallback, useState } from 'react';
import { kindsQuery } from '../api/queries.js';
import { useMay } from '../app/session.js';
import { Button } from '../ui/controls/button.js';
import { DataTable } from '../ui/table/data-table.js';
import { ScreenHead } from '../ui/screen/screen.js';
import { Empty, Unread } from '../ui/screen/states.js';
import { COLUMNS } from './columns.js';
import { wavesQuery } from './queries.js';
import { StartWave } from './start-wave.js';

const ROW_PX = 61;

/** Many migrations that are started a few at a time: a row of progress for each wave, the newest first. */
export function Waves() {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useInfiniteQuery(wavesQuery);
  const { data: kinds = [] } = useQuery(kindsQuery);
  const { steer } = useMay();
  const [starting, setStarting] = useState(false);
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  const startable = kinds.filter(({ waves }) => waves);
  const start = steer && startable.length > 0 && (
    <Button look="main" onClick={() => setStarting(true)}>
      <Plus size={16} aria-hidden /> Start a wave
    </Button>
  );
  const waves = data?.pages.flatMap(({ waves }) => waves) ?? [];
  return (
    <>
      <ScreenHead title="Waves" actions={start} />
      {data === undefined && (
        <Unread
          what="The list of waves"
          error={error}
          onRetry={() => void refetch()}
          lines={9}
          label="Loading waves"
        />
      )}
      {data !== undefined && waves.length === 0 && (
        <Empty title="No waves yet">
          A wave starts many migrations, a few at a time, in the hours that you choose, and stops when too
          many fail.
        </Empty>
      )}
      {waves.length > 0 && (
        <DataTable
          label="Waves"
          columns={COLUMNS}
          rows={waves}
          rowId={({ id }) => id}
          rowHeight={ROW_PX}
          hasMore={hasNextPage}
          onMore={more}
        />
      )}
      {starting && <StartWave kinds={startable} onClose={() => setStarting(false)} />}
    </>
  );
}
