import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { addProcessMetrics } from '../../../gateways/metrics/process-metrics.js';

const REGISTRIES = [new Registry(), new Registry()];

it('All registries of a process have the same metrics of it, which are measured once', async () => {
  for (const registry of REGISTRIES) addProcessMetrics(registry);
  const [one, other] = REGISTRIES.map((registry) =>
    registry.getMetricsAsArray().map(({ name }) => registry.getSingleMetric(name)),
  );
  expect(one!.length).toBeGreaterThan(20);
  for (const [at, metric] of one!.entries()) expect(other![at]).toBe(metric);
  for (const registry of REGISTRIES)
    await expect(registry.metrics()).resolves.toMatch(/^process_resident_memory_bytes [1-9]\d+$/m);
});
