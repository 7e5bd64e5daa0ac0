import type { FastifyRequest } from 'fastify';
import { Problem } from '../http/problems.js';
import { isCsrfToken } from './sessions.js';

/** Throws Problem 403 for a request that a page of another site has caused. Browsers that say nothing of it rely on the cookie's SameSite. */
export function assertSameSite({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site')
    throw new Problem('cross-site', 'Another site may not use this session.');
}

/** Throws Problem 403 for a request that changes something and may be forged. */
export function assertNotForged(request: FastifyRequest, sessionId: string): void {
  assertSameSite(request);
  if (request.method === 'GET' || request.method === 'HEAD') return;
  if (!isCsrfToken(request.headers['x-csrf-token'], sessionId)) {
    throw new Problem(
      'cross-site',
      'Send the header X-CSRF-Token with the csrf_token of GET /session: a session alone changes nothing.',
    );
  }
}
