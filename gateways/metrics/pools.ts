import type { Registry } from 'prom-client';
import type { Store } from '../store/sql/connect.js';
import { gauges } from './values.js';

/** How busy the process's connections to the store are. */
export function poolMetrics(registry: Registry, { pool, control }: Pick<Store, 'pool' | 'control'>): void {
  const pools = { bulk: pool, control };
  const read = (value: (of: typeof pool) => number) => () =>
    Object.entries(pools).map(([name, of]) => ({ labels: { pool: name }, value: value(of) }));
  gauges(
    registry,
    { name: 'carryover_store_connections', help: 'Open connections to the store.' },
    ['pool'],
    read((of) => of.totalCount),
  );
  gauges(
    registry,
    { name: 'carryover_store_connections_idle', help: 'Connections to the store that nobody uses.' },
    ['pool'],
    read((of) => of.idleCount),
  );
  gauges(
    registry,
    { name: 'carryover_store_connections_max', help: 'The most connections that the pool opens.' },
    ['pool'],
    read((of) => of.options.max),
  );
  gauges(
    registry,
    { name: 'carryover_store_requests_waiting', help: 'Requests that wait for a connection to the store.' },
    ['pool'],
    read((of) => of.waitingCount),
  );
}
