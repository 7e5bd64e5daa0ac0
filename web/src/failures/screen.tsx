import { useInfiniteQuery, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { failuresQuery, kindsQuery, reportQuery } from '../api/queries.js';
import type { Kind } from '../api/types.js';
import { useLive } from '../live/live.js';
import { soon } from '../live/soon.js';
import { Button } from '../ui/controls/button.js';
import { Chips } from '../ui/table/chips.js';
import { Card, ScreenHead } from '../ui/screen/screen.js';
import { Empty, Failed, Skeleton, Unread } from '../ui/screen/states.js';
import { whole } from '../words/numbers.js';
import { inWords } from '../words/statuses.js';
import { FailureItem } from './failure-item.js';
import styles from './screen.module.css';

const route = getRouteApi('/failures');
const EVERY_MS = 3_000;
const ALL = 'all';

/** What needs a person, over all migrations: the numbers by sort, and each with what to do. */
export function Failures() {
  const { data: kinds, error, refetch } = useQuery(kindsQuery);
  useLiveFailures();
  return (
    <>
      <ScreenHead title="Failures" />
      {kinds === undefined && (
        <Unread what="The kinds" error={error} onRetry={() => void refetch()} lines={8} />
      )}
      {kinds !== undefined && <Sorts kinds={kinds} />}
    </>
  );
}

function useLiveFailures(): void {
  const client = useQueryClient();
  const { onChange } = useLive();
  useEffect(() => {
    const reading = soon(EVERY_MS, () => {
      void client.invalidateQueries({ queryKey: ['failures'] }, { cancelRefetch: false });
      void client.invalidateQueries({ queryKey: ['report'] }, { cancelRefetch: false });
    });
    const end = onChange(() => reading.ask());
    return () => {
      end();
      reading.stop();
    };
  }, [client, onChange]);
}

function Sorts({ kinds }: { kinds: readonly Kind[] }) {
  const { kind, sort } = route.useSearch();
  const navigate = route.useNavigate();
  const reports = useQueries({ queries: kinds.map(({ kind }) => reportQuery(kind)) });
  const found = reports.flatMap(({ data }) =>
    data === undefined
      ? []
      : Object.entries(data.counts).map(([sort, count]) => ({ kind: data.kind, sort, count })),
  );
  const failed = reports.find(({ data, error }) => data === undefined && error !== null);
  if (failed !== undefined)
    return <Failed what="The report" error={failed.error} onRetry={() => void failed.refetch()} />;
  if (reports.some(({ data }) => data === undefined)) return <Skeleton lines={8} />;
  const waived = reports.reduce((sum, { data }) => sum + (data?.waived ?? 0), 0);
  const total = found.reduce((sum, { count }) => sum + count, 0);
  const chosen = kinds.filter((each) => kind === undefined || each.kind === kind);
  return (
    <>
      <Chips
        label="Sorts of failures"
        chips={[
          { id: ALL, name: 'All', count: total },
          ...found
            .filter(({ kind: of, sort: each, count }) => count > 0 || (of === kind && each === sort))
            .map((each) => ({
              id: `${each.kind} ${each.sort}`,
              name: inWords(each.sort),
              count: each.count,
            })),
        ]}
        chosen={sort === undefined ? ALL : `${kind ?? ''} ${sort}`}
        onChoose={(id) => {
          const each = found.find((sort) => id === `${sort.kind} ${sort.sort}`);
          void navigate({ search: each ? { kind: each.kind, sort: each.sort } : {}, replace: true });
        }}
      />
      {total === 0 ? (
        <Empty title="Nothing needs you">
          Failures that are not retried automatically are listed here, with the next step.
          {waived > 0 && ` ${whole(waived)} waived records are not counted.`}
        </Empty>
      ) : (
        chosen.map((each) => <OfKind key={each.kind} kind={each} sort={sort} titled={chosen.length > 1} />)
      )}
    </>
  );
}

function OfKind({
  kind: { kind, name },
  sort,
  titled,
}: {
  kind: Kind;
  sort: string | undefined;
  titled: boolean;
}) {
  const query = useInfiniteQuery(failuresQuery(kind, sort));
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  if (data === undefined)
    return <Unread what={name} error={error} onRetry={() => void refetch()} lines={6} />;
  const failures = data.pages.flatMap(({ failures }) => failures);
  if (failures.length === 0) return undefined;
  return (
    <Card {...(titled && { title: name })} flush>
      {failures.map((failure) => (
        <FailureItem key={`${failure.kind} ${failure.id}`} kind={kind} failure={failure} withMigration />
      ))}
      {hasNextPage && (
        <p className={styles.more}>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </p>
      )}
    </Card>
  );
}
