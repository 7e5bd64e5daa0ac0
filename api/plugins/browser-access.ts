import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** Temporal's Web UI sends the last two: the namespace, and the identity token of its user. */
const ALLOWED_HEADERS = 'authorization, content-type, x-namespace, authorization-extras';

interface BrowserAccess {
  /** The site whose pages may call the routes of this scope; none by default. */
  readonly url?: string | undefined;
  /** The paths of the POST routes, within the scope. */
  readonly paths: readonly string[];
}

/**
 * Lets the pages of one origin call the POST routes of this scope (CORS), and answers the browser's preflight requests. Calls still need a
 * token; there are no cookies. MUST be registered before `auth`, so that pages can read refusals too.
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
