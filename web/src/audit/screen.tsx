import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, X } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { auditQuery } from '../api/queries.js';
import type { AuditEntry } from '../api/types.js';
import { useNow } from '../live/now.js';
import { Button, buttonLink } from '../ui/controls/button.js';
import { type Column, DataTable } from '../ui/table/data-table.js';
import { ScreenHead } from '../ui/screen/screen.js';
import { Empty, Unread } from '../ui/screen/states.js';
import { whole } from '../words/numbers.js';
import { inWords } from '../words/statuses.js';
import { clockTime, fullTime } from '../words/times.js';
import { AuditFilters } from './filters.js';
import styles from './screen.module.css';
import type { AuditSearch } from './search.js';

const ROW_PX = 49;
const route = getRouteApi('/audit');

function When({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={fullTime(at)}>
      {clockTime(at, now)}
    </time>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: 'at', head: 'When', track: '140px', cell: ({ at }) => <When at={at} /> },
  {
    id: 'actor',
    head: 'Who',
    track: 'minmax(0, 1.4fr)',
    cell: ({ actor, role }) => (
      <>
        {actor} <span className="muted">{role}</span>
      </>
    ),
  },
  {
    id: 'action',
    head: 'What',
    track: 'minmax(0, 1fr)',
    card: 'first',
    cell: ({ action, times }) => (
      <>
        <strong className={styles.what}>{inWords(action)}</strong>
        {times > 1 && <span className="muted"> {whole(times)} times</span>}
      </>
    ),
  },
  {
    id: 'migration',
    head: 'Migration',
    track: 'minmax(0, 1fr)',
    cell: ({ kind, key }) =>
      kind === '' || key === '' ? (
        '–'
      ) : (
        <Link to="/migrations/$kind/$key" params={{ kind, key }}>
          {key}
        </Link>
      ),
  },
  {
    id: 'details',
    head: 'Details',
    track: 'minmax(0, 1.6fr)',
    card: 'bare',
    cell: ({ details }) => (
      <span className={styles.details}>
        {Object.entries(details ?? {})
          .map(([name, value]) => `${inWords(name)}: ${String(value)}`)
          .join(' · ')}
      </span>
    ),
  },
  {
    id: 'from',
    head: 'From',
    track: '130px',
    cell: ({ remote_address: address }) => <code className={styles.address}>{address ?? '–'}</code>,
  },
];

/** Who did what, when, and from where. */
export function Audit() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (search: AuditSearch) => void navigate({ search, replace: true, resetScroll: false }),
    [navigate],
  );
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    auditQuery(filter),
  );
  const rows = useMemo(() => data?.pages.flatMap(({ entries }) => entries) ?? [], [data]);
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  const filtered = Object.keys(filter).length > 0;
  const csv = `/v2/audit.csv?${new URLSearchParams({ ...filter }).toString()}`;
  return (
    <>
      <ScreenHead
        title="Audit"
        actions={
          <a href={csv} download="audit.csv" className={buttonLink}>
            <Download size={14} aria-hidden /> Export CSV
          </a>
        }
      />
      <AuditFilters filter={filter} onChange={change} />
      {data === undefined && (
        <Unread what="The audit" error={error} onRetry={() => void refetch()} lines={12} />
      )}
      {data !== undefined && rows.length === 0 && (
        <Empty
          title={filtered ? 'Nothing matches' : 'Nobody has done anything yet'}
          action={
            filtered && (
              <Button onClick={() => change({})}>
                <X size={14} aria-hidden /> Clear all filters
              </Button>
            )
          }
        >
          Each call that changes something, and each reading of a raw record, is recorded here.
        </Empty>
      )}
      {rows.length > 0 && (
        <DataTable
          label="Audit"
          columns={COLUMNS}
          rows={rows}
          rowId={({ id }) => id}
          rowHeight={ROW_PX}
          hasMore={hasNextPage}
          onMore={more}
        />
      )}
    </>
  );
}
