import type { Registry } from 'prom-client';
import type { Clock } from '../../domain/engine/clock.js';
import { countPorts, countQuarantined } from '../../gateways/store/conversations/status/standing-counts.js';
import { readStreamLag } from '../../gateways/store/conversations/streams/following-facts.js';
import { countMigrations, readReadyTimes } from '../../gateways/store/migrations/standings.js';
import { outboxStanding } from '../../gateways/store/migrations/outbox.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { countWaves, type WaveStandings } from '../../gateways/store/waves/read.js';
import { within } from '../http/within.js';
import { type About, gauge, gauges } from '../../gateways/metrics/values.js';

/** Seconds from a start until the recent messages are there: from a small account to one that takes days. */
const READY_BOUNDS = [15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200];
/** Gauges that count rows are read again only after this time, however often Prometheus scrapes. */
const KEPT_MS = 10_000;
/** A scrape does not wait longer for a store that is unreachable. */
const STORE_WAIT_MS = 2_000;

/** What the store knows about all migrations. Every API process reports the same, so dashboards take the largest, never the sum. */
export function storeMetrics(registry: Registry, pool: Store['pool'], clock: Clock): void {
  const kept = <T>(read: () => Promise<T>, otherwise: T, forMs = KEPT_MS) =>
    keeping(clock, read, otherwise, forMs);
  const migrations = kept(() => countMigrations(pool), []);
  const ports = kept(() => countPorts(pool), []);
  const quarantined = kept(() => countQuarantined(pool), []);
  const waves = kept<WaveStandings>(() => countWaves(pool), { waves: [], members: [] });
  const outbox = kept<Record<keyof Awaited<ReturnType<typeof outboxStanding>>, number>>(
    () => outboxStanding(pool),
    { waiting: Number.NaN, oldestSeconds: Number.NaN, refused: Number.NaN },
    0,
  );
  gauges(
    registry,
    { name: 'carryover_migrations', help: 'Migrations by kind and status.' },
    ['kind', 'status'],
    async () =>
      (await migrations()).map(({ kind, status, count }) => ({ labels: { kind, status }, value: count })),
  );
  gauges(
    registry,
    { name: 'carryover_ports', help: 'Port orders of numbers by status.' },
    ['status'],
    async () => (await ports()).map(({ status, count }) => ({ labels: { status }, value: count })),
  );
  gauges(
    registry,
    {
      name: 'carryover_quarantined_records',
      help: 'Records in quarantine that nobody has waived, by source table.',
    },
    ['table'],
    async () => (await quarantined()).map(({ table, count }) => ({ labels: { table }, value: count })),
  );
  for (const [name, help, member] of [
    ['carryover_waves', 'Waves by kind and state.', 'waves'],
    ['carryover_wave_members', 'Members of waves that have not ended, by kind and state.', 'members'],
  ] as const)
    gauges(registry, { name, help }, ['kind', 'state'], async () =>
      (await waves())[member].map(({ kind, state, count }) => ({ labels: { kind, state }, value: count })),
    );
  gauge(
    registry,
    {
      name: 'carryover_following_lag_seconds',
      help: 'How old the oldest change at the source may be that no follower has read.',
    },
    kept(() => readStreamLag(pool), Number.NaN, 0),
  );
  for (const [name, help, member] of [
    ['carryover_workflow_messages_waiting', 'Messages that are not yet delivered to Temporal.', 'waiting'],
    [
      'carryover_workflow_messages_oldest_seconds',
      'Age of the oldest message that is not yet delivered to Temporal.',
      'oldestSeconds',
    ],
    ['carryover_workflow_messages_refused', 'Messages that Temporal has refused for good.', 'refused'],
  ] as const)
    gauge(registry, { name, help }, async () => (await outbox())[member]);
  readyTimes(
    registry,
    {
      name: 'carryover_migration_ready_seconds',
      help: 'Time from the first start of a migration until its recent messages were there.',
    },
    kept(() => readReadyTimes(pool, READY_BOUNDS), []),
  );
}

/** A histogram that the store keeps: it survives every process, and counts each migration once. */
function readyTimes(
  registry: Registry,
  { name, help }: About,
  read: () => Promise<Awaited<ReturnType<typeof readReadyTimes>>>,
): void {
  registry.registerMetric({
    name,
    help,
    type: 'histogram',
    aggregator: 'first',
    reset: () => undefined,
    async get() {
      const values = (await read()).flatMap(({ kind, upTo, sumSeconds }) => [
        ...upTo.map((value, index) => ({
          metricName: `${name}_bucket`,
          labels: { le: READY_BOUNDS[index] ?? '+Inf', kind },
          value,
        })),
        { metricName: `${name}_sum`, labels: { kind }, value: sumSeconds },
        { metricName: `${name}_count`, labels: { kind }, value: upTo.at(-1) ?? 0 },
      ]);
      return { name, help, type: 'histogram', aggregator: 'first', values };
    },
  } as never);
}

/** Reads once for all metrics of a scrape, and then not before `forMs`. Answers `otherwise` when the store does not. */
function keeping<T>(clock: Clock, read: () => Promise<T>, otherwise: T, forMs: number): () => Promise<T> {
  let latest: { readonly at: number; readonly value: Promise<T> } | undefined;
  let underWay: Promise<T> | undefined;
  return async () => {
    if (latest !== undefined && clock.elapsed() - latest.at < forMs) return latest.value;
    underWay ??= inTime(clock, read())
      .then((value) => {
        latest = { at: clock.elapsed(), value: Promise.resolve(value) };
        return value;
      })
      .catch(() => otherwise)
      .finally(() => (underWay = undefined));
    return underWay;
  };
}

async function inTime<T>(clock: Clock, reading: Promise<T>): Promise<T> {
  const value = await within(clock, STORE_WAIT_MS, reading, LATE);
  if (value === LATE) throw new Error('The store does not answer.');
  return value;
}

const LATE = Symbol('late');
