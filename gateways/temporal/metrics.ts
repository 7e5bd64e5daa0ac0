import type { MetricMeter } from '@temporalio/common';

/** Our own numbers beside Temporal's, where the worker shows those (METRICS_PORT). Nothing of accounts, brands or messages. */
export interface WorkerMetrics {
  /** The source said that a table is read too fast. */
  sourceThrottled(table: string): void;
  /** Part of what could be written that is, 0 to 1. */
  writeShare(share: number): void;
  /** What a small commit takes in the store; of twenty, one takes longer. */
  commitSeconds(seconds: number): void;
  /** Why less is written than could be; undefined when nothing is held back. */
  heldBack(reason: string | undefined): void;
  /** From here on what is told is shown by this meter, and by none without one: what is told then is forgotten. */
  showBy(meter: MetricMeter | undefined): void;
}

const REASONS = ['commit-latency', 'replica-lag'] as const;

/** Shown by no meter at first. */
export function workerMetrics(): WorkerMetrics {
  let shown: ReturnType<typeof make> | undefined;
  return {
    sourceThrottled: (table) => shown?.throttled.add(1, { table }),
    writeShare: (share) => shown?.share.set(share),
    commitSeconds: (seconds) => shown?.commit.set(seconds),
    heldBack: (reason) => {
      for (const each of REASONS) shown?.held.set(each === reason ? 1 : 0, { reason: each });
    },
    showBy: (meter) => {
      shown = meter && make(meter);
    },
  };
}

function make(meter: MetricMeter) {
  return {
    throttled: meter.createCounter(
      'carryover_source_throttled_total',
      '',
      'Answers of DynamoDB that a table is read too fast',
    ),
    share: meter.createGauge('carryover_write_share', 'float', '', 'Part of what could be written that is'),
    commit: meter.createGauge(
      'carryover_store_commit_seconds',
      'float',
      's',
      'What 19 of 20 small commits take at most in the store, beside a batch or between batches',
    ),
    held: meter.createGauge(
      'carryover_held_back',
      'int',
      '',
      '1 for the reason why less is written than could be',
    ),
  };
}
