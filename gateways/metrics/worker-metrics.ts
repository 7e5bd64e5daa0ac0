import { Counter, Gauge, Registry } from 'prom-client';
import type { QueueName } from '../../domain/engine/ids.js';
import type { Store } from '../store/sql/connect.js';
import { poolMetrics } from './pools.js';
import { addProcessMetrics } from './process-metrics.js';
import { gauge, gauges } from './values.js';

/** What a worker counts itself, beside Temporal's own metrics. Contains nothing about accounts, brands or messages. */
export interface WorkerMetrics {
  /** Records of a batch were committed. */
  committed(
    of: { readonly kind: string; readonly pass: string; readonly stage: string },
    records: number,
  ): void;
  /** The source throttled a request to the table. */
  sourceThrottled(table: string): void;
  ofTarget(target: string): TargetMetrics;
  /** Records of the table's stream were read; also sets the greatest possible age of an unread change. */
  followed(table: string, records: number, lagSeconds: number): void;
  /** How many messages to a destination of alerts wait, and for how long the oldest has. */
  alertsUndelivered(destination: string, count: number, seconds: number): void;
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
}

/** Metrics of one database that is written, labelled with its name. */
interface TargetMetrics {
  /** The share of the possible write rate, 0 to 1. */
  writeShare(share: number): void;
  /** The p95 of small commits. */
  commitSeconds(seconds: number): void;
  /** Why writes are held back; undefined when they are not. */
  heldBack(reason: string | undefined): void;
}

export interface WorkerFacts {
  readonly version: string;
  /** Empty for workers without versions. */
  readonly buildId: string;
  readonly queues: readonly QueueName[];
  readonly store: Pick<Store, 'pool' | 'control'>;
  readonly isStoreUp: () => boolean;
  readonly isTemporalUp: () => boolean;
  readonly isPolling: () => boolean;
}

const REASONS = ['commit-latency', 'replica-lag'] as const;

export function workerMetrics(): WorkerMetrics & { describe(facts: WorkerFacts): void } {
  const registry = new Registry();
  const registers = [registry];
  const committed = new Counter({
    name: 'carryover_records_committed_total',
    help: 'Records that were read and committed, quarantined ones included.',
    labelNames: ['kind', 'pass', 'stage'],
    registers,
  });
  const throttled = new Counter({
    name: 'carryover_source_throttled_total',
    help: 'Answers of DynamoDB that throttled a request.',
    labelNames: ['table'],
    registers,
  });
  const followed = new Counter({
    name: 'carryover_followed_records_total',
    help: "Records read of the source tables' streams.",
    labelNames: ['table'],
    registers,
  });
  const lag = new Gauge({
    name: 'carryover_stream_lag_seconds',
    help: 'How old the oldest change in the stream may be that this worker has not read.',
    labelNames: ['table'],
    registers,
  });
  const share = new Gauge({
    name: 'carryover_write_share',
    help: 'The share of the possible write rate that the governor allows, 0 to 1.',
    labelNames: ['target'],
    registers,
  });
  const commit = new Gauge({
    name: 'carryover_store_commit_seconds',
    help: 'The p95 of recent small commits in the target beside batches.',
    labelNames: ['target'],
    registers,
  });
  const held = new Gauge({
    name: 'carryover_held_back',
    help: '1 for the reason why writes are held back, else 0.',
    labelNames: ['target', 'reason'],
    registers,
  });
  const undelivered = new Gauge({
    name: 'carryover_alerts_undelivered',
    help: 'Alerts that the destination has not taken.',
    labelNames: ['destination'],
    registers,
  });
  const undeliveredSeconds = new Gauge({
    name: 'carryover_alerts_undelivered_seconds',
    help: 'How long the oldest alert has waited that the destination has not taken.',
    labelNames: ['destination'],
    registers,
  });
  return {
    committed: (labels, records) => committed.inc({ ...labels }, records),
    sourceThrottled: (table) => throttled.inc({ table }),
    ofTarget: (target) => ({
      writeShare: (value) => share.set({ target }, value),
      commitSeconds: (seconds) => commit.set({ target }, seconds),
      heldBack: (reason) => {
        for (const each of REASONS) held.set({ target, reason: each }, each === reason ? 1 : 0);
      },
    }),
    followed: (table, records, lagSeconds) => {
      followed.inc({ table }, records);
      lag.set({ table }, lagSeconds);
    },
    alertsUndelivered: (destination, count, seconds) => {
      undelivered.set({ destination }, count);
      undeliveredSeconds.set({ destination }, seconds);
    },
    text: () => registry.metrics(),
    describe: (facts) => describe(registry, facts),
  };
}

function describe(registry: Registry, facts: WorkerFacts): void {
  addProcessMetrics(registry);
  poolMetrics(registry, facts.store);
  gauge(registry, { name: 'carryover_store_up', help: 'Whether the store answers.' }, () =>
    facts.isStoreUp() ? 1 : 0,
  );
  gauge(registry, { name: 'carryover_temporal_up', help: 'Whether Temporal answers.' }, () =>
    facts.isTemporalUp() ? 1 : 0,
  );
  gauges(
    registry,
    { name: 'carryover_worker_polling', help: 'Whether this worker polls the task queue.' },
    ['queue'],
    () => facts.queues.map((queue) => ({ labels: { queue }, value: facts.isPolling() ? 1 : 0 })),
  );
  const labels = { version: facts.version, build_id: facts.buildId };
  gauges(
    registry,
    { name: 'carryover_worker_info', help: '1, with the version and build id of the worker.' },
    Object.keys(labels),
    () => [{ labels, value: 1 }],
  );
}
