import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Registry } from 'prom-client';
import { type Durations, durationHistogram } from '../../gateways/metrics/durations.js';
import { poolMetrics } from '../../gateways/metrics/pools.js';
import { addProcessMetrics } from '../../gateways/metrics/process-metrics.js';
import { counter, gauge } from '../../gateways/metrics/values.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { problems } from '../schemas/problem.js';
import { storeMetrics } from './store-metrics.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Where answers that Fastify does not see are noted. */
    requestDurations: (method: string, route: string, status: number) => Durations;
  }
}

interface Options {
  readonly store: Store;
  /** The maximum number of requests from one address in ten seconds. */
  readonly max: number;
}

/** Serves GET /metrics in Prometheus' text format. A route's label is its pattern, never the requested path. */
export const metrics = fp(async (app: FastifyInstance, { store, max }: Options) => {
  const registry = new Registry();
  addProcessMetrics(registry);
  const requests = durationHistogram(
    registry,
    {
      name: 'carryover_http_request_duration_seconds',
      help: 'Duration of requests by method, route and status.',
    },
    {
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    },
  );
  poolMetrics(registry, store);
  storeMetrics(registry, store.pool, app.clock);
  gauge(
    registry,
    { name: 'carryover_status_cache_accounts', help: 'Accounts whose status is in memory.' },
    () => app.statuses.size,
  );
  const cache = app.statuses.counts;
  counter(
    registry,
    { name: 'carryover_status_cache_hits_total', help: 'Statuses answered from memory.' },
    () => cache.hits,
  );
  counter(
    registry,
    { name: 'carryover_status_cache_misses_total', help: 'Statuses read from the store.' },
    () => cache.misses,
  );
  gauge(
    registry,
    {
      name: 'carryover_status_listener_up',
      help: 'Whether the listener for status changes is connected.',
    },
    () => (app.storeListener.up ? 1 : 0),
  );
  gauge(registry, { name: 'carryover_store_up', help: 'Whether the store answers.' }, () =>
    app.watches.store.health.up === false ? 0 : 1,
  );
  gauge(registry, { name: 'carryover_temporal_up', help: 'Whether Temporal answers.' }, () =>
    app.watches.temporal.health.up === false ? 0 : 1,
  );
  gauge(
    registry,
    { name: 'carryover_event_streams', help: 'Open streams of events.' },
    () => app.streams.size,
  );

  app.decorate('requestDurations', (method, route, status) => requests.of(method, route, String(status)));
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    app.requestDurations(request.method, route, reply.statusCode).note(reply.elapsedTime);
    done();
  });
  app.get(
    '/metrics',
    {
      config: { rateLimit: { max } },
      schema: {
        operationId: 'metrics',
        tags: ['health'],
        summary: 'Metrics for Prometheus',
        security: [],
        response: {
          200: { description: 'Metrics.', content: { 'text/plain': { schema: { type: 'string' } } } },
          ...problems(),
        },
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
});
