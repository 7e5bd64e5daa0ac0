import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

/** What a page may read of an answer, besides what browsers always show. */
const EXPOSED = 'ETag, Retry-After';
/** As long as browsers keep a preflight's answer at most. */
const PREFLIGHT_SECONDS = 7_200;

const OFF: FastifyCorsOptions = { origin: false };

/**
 * Lets pages of the listed origins call /v2 (CORS); with an empty list it does nothing. Calls still need a token; there are no cookies. MUST be registered
 * before all other hooks and routes: pages can then read refusals too, and a preflight request needs no token. The codec has its own rule (`browserAccess`).
 */
export const crossOrigin = fp(
  async (app: FastifyInstance, { origins }: { readonly origins: readonly string[] }) => {
    if (origins.length === 0) return;
    const listed: FastifyCorsOptions = {
      origin: [...origins],
      methods: 'GET, HEAD, POST',
      allowedHeaders: 'Authorization, Content-Type, If-None-Match',
      exposedHeaders: EXPOSED,
      maxAge: PREFLIGHT_SECONDS,
    };
    await app.register(cors, {
      delegator: (request: FastifyRequest, callback: (error: null, options: FastifyCorsOptions) => void) =>
        callback(null, isForPages(request) ? listed : OFF),
    });
  },
);

/** An OPTIONS request that is no preflight gets its 405, as every wrong method does. */
function isForPages({ method, url, headers }: FastifyRequest): boolean {
  if (!url.startsWith('/v2/')) return false;
  return (
    method !== 'OPTIONS' ||
    (headers.origin !== undefined && headers['access-control-request-method'] !== undefined)
  );
}

/** The headers of an answer to a caller from this origin that Fastify does not send: name, value, name, value, …; for an origin the same array each time. */
export type OriginHeaders = (origin: string | undefined) => readonly string[];

/**
 * The same for polls, which are answered through Node's response.
 * @param vary what else the answer depends on
 */
export function originHeaders(origins: readonly string[], vary: string): OriginHeaders {
  const plain = ['vary', vary];
  if (origins.length === 0) return () => plain;
  const refused = ['vary', `${vary}, Origin`];
  const exposed = ['access-control-expose-headers', EXPOSED];
  const allowed = new Map(
    origins.map((origin) => [origin, [...refused, 'access-control-allow-origin', origin, ...exposed]]),
  );
  const others = [...refused, ...exposed];
  return (origin) => allowed.get(origin ?? '') ?? others;
}
