import type { MetricMeter } from '@temporalio/common';

/** Our metrics beside Temporal's, at METRICS_PORT. Contain nothing about accounts, brands or messages. */
export interface WorkerMetrics {
  /** The source throttled a request to the table. */
  sourceThrottled(table: string): void;
  ofTarget(target: string): TargetMetrics;
  /** Records of the table's stream were read, and how old the oldest change may be that was not. */
  followed(table: string, records: number, lagSeconds: number): void;
  /** Sends metrics to this meter from now on; undefined drops them. */
  showBy(meter: MetricMeter | undefined): void;
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

const REASONS = ['commit-latency', 'replica-lag'] as const;

/** Drops metrics until `showBy` is called. */
export function workerMetrics(): WorkerMetrics {
  let shown: ReturnType<typeof make> | undefined;
  return {
    sourceThrottled: (table) => shown?.throttled.add(1, { table }),
    ofTarget: (target) => ({
      writeShare: (share) => shown?.share.set(share, { target }),
      commitSeconds: (seconds) => shown?.commit.set(seconds, { target }),
      heldBack: (reason) => {
        for (const each of REASONS) shown?.held.set(each === reason ? 1 : 0, { target, reason: each });
      },
    }),
    followed: (table, records, lagSeconds) => {
      shown?.followed.add(records, { table });
      shown?.lag.set(lagSeconds, { table });
    },
    showBy: (meter) => {
      shown = meter && make(meter);
    },
  };
}

function make(meter: MetricMeter) {
  return {
    throttled: meter.createCounter('carryover_source_throttled_total', '', 'Throttled responses of DynamoDB'),
    followed: meter.createCounter('carryover_followed_records_total', '', 'Records read of streams'),
    lag: meter.createGauge('carryover_stream_lag_seconds', 'float', 's', 'How far a stream is behind'),
    share: meter.createGauge('carryover_write_share', 'float', '', 'Share of the possible write rate'),
    commit: meter.createGauge(
      'carryover_store_commit_seconds',
      'float',
      's',
      'p95 of recent small commits in the store beside batches',
    ),
    held: meter.createGauge('carryover_held_back', 'int', '', '1 for the reason why writes are held back'),
  };
}
