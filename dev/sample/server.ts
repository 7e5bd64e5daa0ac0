import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { choosePort } from '../servers/ports.js';

/** A server of the sample side: without logs; open connections do not keep it from stopping. */
export function createServer(): FastifyInstance {
  const server = fastify({ forceCloseConnections: true, exposeHeadRoutes: false, logger: false });
  server.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ error: error.message }),
  );
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  return server;
}

/**
 * Listens on 127.0.0.1.
 *
 * @param preferred the port to use if it is free; otherwise, and for 0, one that no outgoing connection can take while the server is stopped
 * @returns the address, without a slash at the end
 */
export async function listen(server: FastifyInstance, preferred = 0): Promise<string> {
  try {
    if (preferred !== 0) return await server.listen({ host: '127.0.0.1', port: preferred });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  }
  return server.listen({ host: '127.0.0.1', port: await choosePort() });
}

/** A hook that answers 401 to requests without the token. */
export function requireToken(token: string) {
  const expected = digest(`Bearer ${token}`);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return;
    await reply.code(401).send({ error: 'Authorization: Bearer token missing or wrong' });
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();
