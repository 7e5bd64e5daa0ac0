import type { FastifyInstance, HTTPMethods } from 'fastify';
import fp from 'fastify-plugin';
import { Problem } from '../http/problems.js';

const METHODS: readonly HTTPMethods[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
];

/** Collects the routes that are registered after it; `answerWrongMethods` then adds the missing methods of every path, which answer 405. */
export const wrongMethods = fp(async (app: FastifyInstance) => {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set<string>();
    for (const one of [method].flat()) methods.add(one.toUpperCase());
    known.set(url, methods);
  });
  app.decorate('answerWrongMethods', () => {
    const paths = [...known];
    for (const [url, methods] of paths) {
      if (/^\/docs(\/|$)/.test(url)) continue;
      const allow = METHODS.filter((method) => methods.has(method)).join(', ');
      const refuse = async () => {
        throw new Problem('method-not-allowed', `This path supports ${allow}.`, { headers: { allow } });
      };
      const others = METHODS.filter((method) => !methods.has(method));
      // In onRequest, before a body is read.
      if (others.length > 0)
        app.route({ url, method: others, schema: { hide: true }, onRequest: refuse, handler: refuse });
    }
  });
});

declare module 'fastify' {
  interface FastifyInstance {
    answerWrongMethods: () => void;
  }
}
