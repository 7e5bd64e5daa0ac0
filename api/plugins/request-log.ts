import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** Routes that are polled; the metrics have their numbers. */
const QUIET = new Set(['/v2/check-migration-status', '/healthz', '/readyz', '/metrics', '/assets/*']);

/** Logs one line for each request: the route's pattern, and never the path, the query, a header or a body. */
export const requestLog = fp(async (app: FastifyInstance) => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const facts = {
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    if (QUIET.has(route) || reply.statusCode === 404) request.log.debug(facts, 'answered');
    else request.log.info(facts, 'answered');
    done();
  });
});
