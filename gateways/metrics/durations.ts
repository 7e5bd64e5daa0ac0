import type { Metric, Registry } from 'prom-client';
import type { About } from './values.js';

/** The durations of one series of labels. */
export interface Durations {
  note(ms: number): void;
}

export interface DurationHistogram {
  /** The series with these values of the labels, in their order; the same one each time. MUST have few: never an id, a name or a path. */
  of(...values: readonly string[]): Durations;
}

/**
 * A histogram of durations whose callers keep their series. prom-client's `observe` hashes the labels and finds the series each time, which took a
 * twentieth of the time of an answered poll.
 *
 * @param buckets upper ends in seconds, in ascending order
 */
export function durationHistogram(
  registry: Registry,
  about: About,
  { labelNames, buckets }: { readonly labelNames: readonly string[]; readonly buckets: readonly number[] },
): DurationHistogram {
  const limits = buckets.map((seconds) => seconds * 1_000);
  const all = new Map<string, { readonly labels: Record<string, string>; readonly held: Held }>();
  const get = async () => ({
    ...about,
    type: 'histogram',
    aggregator: 'sum',
    values: [...all.values()].flatMap(({ labels, held }) => valuesOf(about.name, labels, held, buckets)),
  });
  // A registry only asks a metric for its values.
  registry.registerMetric({ ...about, get } as unknown as Metric);
  return {
    of(...values) {
      const key = values.join(' ');
      let series = all.get(key);
      if (series === undefined) {
        const labels = Object.fromEntries(labelNames.map((name, at) => [name, values[at] ?? '']));
        all.set(key, (series = { labels, held: new Held(limits) }));
      }
      return series.held;
    },
  };
}

class Held implements Durations {
  /** Counts of each bucket alone, not cumulative; the last one counts durations above all limits. */
  readonly counts: number[];
  sum = 0;

  constructor(private readonly limits: readonly number[]) {
    this.counts = Array.from({ length: limits.length + 1 }, () => 0);
  }

  note(ms: number): void {
    const { limits, counts } = this;
    let at = 0;
    while (at < limits.length && ms > (limits[at] ?? 0)) at += 1;
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += ms;
  }
}

/** In Prometheus' form: cumulative buckets, then sum and count. Empty for a series without durations. */
function valuesOf(
  name: string,
  labels: Readonly<Record<string, string>>,
  { counts, sum }: Held,
  buckets: readonly number[],
) {
  let count = 0;
  const ofBuckets = [...buckets, '+Inf'].map((le, at) => {
    count += counts[at] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
  });
  if (count === 0) return [];
  return [
    ...ofBuckets,
    { metricName: `${name}_sum`, labels, value: sum / 1_000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
