import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** One line a request: the route's pattern, never the path, the query, a header or a body. */
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
    // Asked all the time; its numbers are in the metrics.
    if (route === '/v2/check-migration-status' || reply.statusCode === 404)
      request.log.debug(facts, 'answered');
    else request.log.info(facts, 'answered');
    done();
  });
});
