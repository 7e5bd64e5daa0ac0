import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** The last two are what Temporal's Web UI sends besides: the namespace, and the identity token of whoever is logged in. */
const ALLOWED_HEADERS = 'authorization, content-type, x-namespace, authorization-extras';

interface BrowserAccess {
  /** Whose pages may call the routes of this scope; nobody's when it is left out. */
  readonly url?: string | undefined;
  /** Of the POST routes, within the scope. */
  readonly paths: readonly string[];
}

/**
 * Lets the pages of one origin call the POST routes of this scope (CORS), and answers the question that browsers ask before.
 * The token decides all the same: no cookies. Must be registered before `auth`, so that refusals can be read too.
 */
export const browserAccess = fp(async (app: FastifyInstance, { url, paths }: BrowserAccess) => {
  if (url === undefined) return;
  const allowed = new URL(url).origin;

  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'origin');
    if (request.headers.origin === allowed) reply.header('access-control-allow-origin', allowed);
  });
  for (const path of paths) {
    app.options(path, { schema: { hide: true } }, async (request, reply) => {
      if (request.headers.origin === allowed) {
        reply.headers({
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': ALLOWED_HEADERS,
          'access-control-max-age': '600',
        });
      }
      return reply.code(204).send();
    });
  }
});
