import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Store } from '../../gateways/store/sql/connect.js';
import { readStreamLag } from '../../gateways/store/conversations/streams/following-facts.js';
import { type OutboxStanding, outboxStanding } from '../../gateways/store/migrations/outbox.js';
import { within } from '../http/within.js';
import { problems } from '../schemas/problem.js';

/** A scrape does not wait longer for a store that is unreachable. */
const STORE_WAIT_MS = 2_000;

const OUTBOX_GAUGES = [
  ['carryover_workflow_messages_waiting', 'Messages that are not yet delivered to Temporal.', 'waiting'],
  [
    'carryover_workflow_messages_oldest_seconds',
    'Age of the oldest message that is not yet delivered to Temporal.',
    'oldestSeconds',
  ],
  ['carryover_workflow_messages_refused', 'Messages that Temporal has refused for good.', 'refused'],
] as const;
const UNKNOWN: OutboxStanding = { waiting: Number.NaN, oldestSeconds: Number.NaN, refused: Number.NaN };

type NoteRequest = (method: string, route: string, status: number, elapsedMs: number) => void;

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts an answer that Fastify has not seen. */
    noteRequest: NoteRequest;
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
  // One query serves all gauges of a scrape.
  let asked: Promise<OutboxStanding> | undefined;
  const standing = (): Promise<OutboxStanding> => {
    asked ??= within(app.clock, STORE_WAIT_MS, outboxStanding(store.pool), UNKNOWN)
      .catch(() => UNKNOWN)
      .finally(() => (asked = undefined));
    return asked;
  };
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'carryover_http_request_duration_seconds',
    help: 'Duration of requests by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  gauge(
    registry,
    'carryover_status_cache_accounts',
    'Accounts whose status is in memory.',
    () => app.statuses.size,
  );
  const cache = app.statuses.counts;
  counter(registry, 'carryover_status_cache_hits_total', 'Statuses answered from memory.', () => cache.hits);
  counter(
    registry,
    'carryover_status_cache_misses_total',
    'Statuses read from the store.',
    () => cache.misses,
  );
  gauge(
    registry,
    'carryover_status_listener_up',
    'Whether the listener for status changes is connected.',
    () => (app.storeListener.up ? 1 : 0),
  );
  gauge(registry, 'carryover_temporal_up', 'Whether Temporal answers.', () =>
    app.watches.temporal.health.up === false ? 0 : 1,
  );
  gauge(registry, 'carryover_event_streams', 'Open streams of events.', () => app.streams.size);
  gauge(
    registry,
    'carryover_following_lag_seconds',
    'How old the oldest change at the source may be that no follower has read.',
    () => within(app.clock, STORE_WAIT_MS, readStreamLag(store.pool), Number.NaN).catch(() => Number.NaN),
  );
  for (const [name, help, member] of OUTBOX_GAUGES) {
    gauge(registry, name, help, async () => (await standing())[member]);
  }

  const series = new Map<string, ReturnType<typeof requests.labels>>();
  const note: NoteRequest = (method, route, status, elapsedMs) => {
    const key = `${method} ${route} ${status}`;
    let own = series.get(key);
    if (own === undefined) {
      own = requests.labels({ method, route, status });
      series.set(key, own);
    }
    own.observe(elapsedMs / 1_000);
  };
  app.decorate('noteRequest', note);
  app.addHook('onResponse', (request, reply, done) => {
    note(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime);
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

function gauge(registry: Registry, name: string, help: string, value: () => number | Promise<number>): void {
  registry.registerMetric(
    new Gauge({
      name,
      help,
      registers: [],
      async collect() {
        this.set(await value());
      },
    }),
  );
}

/** A counter whose value is counted elsewhere. */
function counter(registry: Registry, name: string, help: string, value: () => number): void {
  registry.registerMetric(
    new Counter({
      name,
      help,
      registers: [],
      collect() {
        this.reset();
        this.inc(value());
      },
    }),
  );
}
