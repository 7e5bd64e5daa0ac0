import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { ServerSpans } from '../../gateways/tracing/open.js';

/** A span for each request under /v2, named after the route's pattern and never the path. Polls from memory do not come here. */
export const requestSpans = fp(async (app: FastifyInstance, { spans }: { readonly spans: ServerSpans }) => {
  const ends = new WeakMap<FastifyRequest, ReturnType<ServerSpans['server']>>();
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (route.startsWith('/v2/')) ends.set(request, spans.server(`${request.method} ${route}`, done));
    else done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const facts = {
      'http.request.method': request.method,
      'http.route': request.routeOptions.url ?? 'unknown',
      'http.response.status_code': reply.statusCode,
    };
    ends.get(request)?.(facts, reply.statusCode >= 500);
    done();
  });
});
