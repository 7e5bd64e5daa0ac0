import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Begun } from './sessions.js';

const SESSION_COOKIE = 'carryover_session';
/** Of a session's id: 32 bytes in base64url. */
const ID = /^[\w-]{43}$/;

/** The id in the session cookie; undefined without one. */
export function sessionIdOf({ cookies }: FastifyRequest): string | undefined {
  const id = cookies?.[SESSION_COOKIE];
  return id !== undefined && ID.test(id) ? id : undefined;
}

/** Scripts cannot read the cookie, and other sites cannot send it. Over HTTPS it is never sent in clear text. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, { id, caller }: Begun): void {
  reply.setCookie(SESSION_COOKIE, id, {
    ...attributes(request),
    maxAge: Math.max(0, Math.floor((caller.expiresAt - request.server.clock.now()) / 1_000)),
  });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, attributes(request));
}

function attributes({ protocol }: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: protocol === 'https' } as const;
}
