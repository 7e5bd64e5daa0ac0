import { useQuery } from '@tanstack/react-query';
import { systemQuery } from '../api/queries.js';
import type { System as SystemView } from '../api/types.js';
import { Fragment } from 'react';
import { Age } from '../ui/status/age.js';
import { Glyph } from '../ui/status/glyph.js';
import { Card, ScreenHead } from '../ui/screen/screen.js';
import { Unread } from '../ui/screen/states.js';
import { Status } from '../ui/status/status.js';
import { Table } from '../ui/table/table.js';
import { bytes, whole } from '../words/numbers.js';
import { duration } from '../words/times.js';
import styles from './screen.module.css';

const NAMES = { store: 'The store', temporal: 'Temporal' };

/** The processes and servers behind the migrations. */
export function System() {
  const { data, error, refetch } = useQuery(systemQuery);
  return (
    <>
      <ScreenHead title="System" />
      {data === undefined && (
        <Unread what="The system’s state" error={error} onRetry={() => void refetch()} lines={10} />
      )}
      {data !== undefined && (
        <>
          {data.unreachable.length > 0 && (
            <p className={styles.unreachable} role="alert">
              <Glyph tone="failed" /> {data.unreachable.map((name) => NAMES[name]).join(' and ')} cannot be
              reached: what {data.unreachable.length > 1 ? 'they' : 'it'} would say is left out.
            </p>
          )}
          <div className={styles.cards}>
            <Workers system={data} />
            <Queues system={data} />
            <Store system={data} />
            <Schedules system={data} />
            <Deployments system={data} />
          </div>
        </>
      )}
    </>
  );
}

const Queues = ({ system: { queues } }: { system: SystemView }) => (
  <Card title="Task queues" flush>
    <Table
      label="Task queues"
      heads={['Queue', 'Tasks', { head: 'Backlog', end: true }, { head: 'Oldest', end: true }]}
      rows={queues.map(({ queue, kind, backlog, oldest_seconds: oldest }) => [
        <code key="queue">{queue}</code>,
        kind === 'workflow' ? 'Workflows' : 'Activities',
        backlog === null ? '–' : whole(backlog),
        oldest === null || oldest === 0 ? '–' : duration(oldest),
      ])}
      empty="No task queue is known."
    />
  </Card>
);

const Workers = ({ system: { workers } }: { system: SystemView }) => (
  <Card title="Workers" beside={<span className="muted figures">{whole(workers.length)}</span>} flush>
    <Table
      label="Workers"
      heads={['Identity', 'Queue', 'Version', { head: 'Seen', end: true }]}
      rows={workers.map(({ identity, queue, version, last_access: at }) => [
        identity,
        <code key="queue">{queue}</code>,
        version ?? '–',
        at === null ? '–' : <Age key="seen" at={at} />,
      ])}
      empty="No worker polls. Nothing moves until one is started: npm run worker."
    />
  </Card>
);

const Store = ({ system: { api, store } }: { system: SystemView }) => (
  <Card title="API and store">
    <dl className={styles.facts}>
      <dt>API</dt>
      <dd>
        {api.version}, started <Age at={api.started_at} />
      </dd>
      {store !== null && (
        <>
          <dt>PostgreSQL</dt>
          <dd>{store.version}</dd>
          <dt>Size</dt>
          <dd>{bytes(store.size_bytes)}</dd>
          <dt>Connections</dt>
          <dd>{whole(store.connections)}</dd>
          <dt>Migrations of the schema</dt>
          <dd>
            {store.migrations_pending === 0 ? 'All applied' : `${whole(store.migrations_pending)} pending`}
          </dd>
          {store.replicas.map(({ name, lag_seconds: lag }) => (
            <Fragment key={name}>
              <dt>Replica {name}</dt>
              <dd>{lag === null ? 'Lag unknown' : `${duration(lag)} behind`}</dd>
            </Fragment>
          ))}
        </>
      )}
    </dl>
  </Card>
);

const Schedules = ({ system: { schedules } }: { system: SystemView }) => (
  <Card title="Schedules" flush>
    <Table
      label="Schedules"
      heads={['Schedule', 'State', { head: 'Last', end: true }, { head: 'Next', end: true }]}
      rows={schedules.map(({ id, last, next, paused }) => [
        <code key="id">{id}</code>,
        <Status key="state" status={paused ? 'paused' : 'active'} />,
        last === null ? '–' : <Age key="last" at={last} />,
        next === null ? '–' : <InFuture key="next" at={next} />,
      ])}
      empty="There is no schedule. The daily report gets one once a worker has a destination for it."
    />
  </Card>
);

const Deployments = ({ system: { deployments } }: { system: SystemView }) => (
  <Card title="Deployments" flush>
    <Table
      label="Deployments"
      heads={['Deployment', 'Version', { head: 'Since', end: true }]}
      rows={deployments.map(({ name, version, created_at: at }) => [
        name,
        <code key="version">{version ?? '–'}</code>,
        at === null ? '–' : <Age key="since" at={at} />,
      ])}
      empty="Workers run without versions."
    />
  </Card>
);

function InFuture({ at }: { at: string }) {
  return (
    <time dateTime={at}>
      {new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at))}
    </time>
  );
}
