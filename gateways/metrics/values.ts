/** Metrics whose values are known elsewhere and read at each scrape. */

import { Counter, Gauge, type Registry } from 'prom-client';

export interface About {
  readonly name: string;
  readonly help: string;
}

/** One value of a metric. Labels MUST have few values: never an id, a name or a path. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A gauge without labels. */
export function gauge(registry: Registry, about: About, value: () => number | Promise<number>): void {
  gauges(registry, about, [], async () => [{ labels: {}, value: await value() }]);
}

/** A gauge with labels; series that `read` leaves out are gone from the scrape. */
export function gauges(
  registry: Registry,
  about: About,
  labelNames: readonly string[],
  read: () => readonly Series[] | Promise<readonly Series[]>,
): void {
  registry.registerMetric(
    new Gauge({
      ...about,
      labelNames: [...labelNames],
      registers: [],
      async collect() {
        const series = await read();
        this.reset();
        for (const { labels, value } of series) this.set(labels, value);
      },
    }),
  );
}

/** A counter that is counted elsewhere. */
export function counter(registry: Registry, about: About, value: () => number): void {
  registry.registerMetric(
    new Counter({
      ...about,
      registers: [],
      collect() {
        this.reset();
        this.inc(value());
      },
    }),
  );
}
