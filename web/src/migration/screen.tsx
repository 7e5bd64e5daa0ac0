import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ExternalLink } from 'lucide-react';
import { kindsQuery, migrationQuery, rowQuery } from '../api/queries.js';
import { webKind } from '../kinds.js';
import { buttonLink } from '../ui/controls/button.js';
import { Copy } from '../ui/controls/copy.js';
import { Crumbs } from '../ui/screen/crumbs.js';
import { ScreenHead } from '../ui/screen/screen.js';
import { Unread } from '../ui/screen/states.js';
import { Status } from '../ui/status/status.js';
import { toneOf } from '../words/statuses.js';
import { Explanation } from './explanation.js';
import { Overall } from './overall.js';
import { Steering } from './steering/steering.js';
import { MigrationTabs } from './tabs.js';
import { useMigrationStream } from './stream.js';

const route = getRouteApi('/migrations/$kind/$key');

/** One migration: what it is, why it waits, how far it is, and everything about it. */
export function Migration() {
  const of = route.useParams();
  const row = useQuery(rowQuery(of));
  const view = useQuery(migrationQuery(of));
  const { data: kinds = [] } = useQuery(kindsQuery);
  const known = kinds.find(({ kind }) => kind === of.kind);
  useMigrationStream(of);
  const error = row.error ?? view.error;
  const crumbs = (
    <Crumbs
      above={[
        <Link key="all" to="/migrations">
          Migrations
        </Link>,
      ]}
    >
      {known?.name ?? of.kind}
    </Crumbs>
  );
  if (row.data === undefined || view.data === undefined) {
    const retry = () => {
      void row.refetch();
      void view.refetch();
    };
    const missing = {
      title: 'There is no such migration',
      action: <Link to="/migrations">All migrations</Link>,
    };
    return (
      <>
        <ScreenHead title={of.key} before={crumbs} />
        <Unread what="The migration" error={error} onRetry={retry} lines={9} missing={missing} />
      </>
    );
  }
  const { name, key, status, paused } = row.data;
  const temporal = webKind(of.kind).temporal?.(view.data) ?? null;
  return (
    <>
      <ScreenHead
        title={name || key}
        before={crumbs}
        beside={
          <>
            <Status status={status} paused={paused !== null} pill />
            <Copy text={key} label="Copy id" />
          </>
        }
        actions={
          <>
            {known?.preflight === true && toneOf(status) !== 'done' && (
              <Link to="/migrations/$kind/$key/preflight" params={of} className={buttonLink}>
                Preflight
              </Link>
            )}
            {temporal !== null && (
              <a href={temporal} target="_blank" rel="noreferrer" className={buttonLink}>
                Temporal <ExternalLink size={14} aria-hidden />
              </a>
            )}
            <Steering row={row.data} view={view.data} kind={known} />
          </>
        }
      />
      <Explanation of={of} row={row.data} />
      <Overall row={row.data} view={view.data} />
      <MigrationTabs of={of} view={view.data} row={row.data} />
    </>
  );
}
