import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Problem, unknownAccount } from '../http/problems.js';
import { type Caller, type Role, mayUseAccount } from '../roles.js';
import type { Refusals } from '../http/refusals.js';
import { sessionIdOf } from '../sessions/cookies.js';
import { assertNotForged } from '../sessions/forgery.js';
import type { Sessions } from '../sessions/sessions.js';
import type { TokenVerifier } from '../tokens.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which roles may call the route. */
    access?: readonly Role[];
  }
  interface FastifyRequest {
    /** Set on every route behind `auth`. */
    caller: Caller | null;
  }
}

interface Options {
  readonly tokens: TokenVerifier;
  readonly refusals: Refusals;
  /** Of callers who have signed in; undefined accepts only tokens. */
  readonly sessions?: Sessions;
}

/** Authenticates and authorizes the caller of every route in its scope, before a body is read. A route without `access` is an error. */
export const auth = fp(async (app: FastifyInstance, { tokens, refusals, sessions }: Options) => {
  app.decorateRequest('caller', null);

  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`${String(method)} ${url} does not declare its roles.`);
  });

  // A known caller awaits no promise: a hook that returns one costs the polled call more than its answer.
  app.addHook('onRequest', (request, _reply, done) => {
    // An unknown path gets its 404 without authentication.
    if (request.is404) return done();
    const { authorization } = request.headers;
    const known = tokens.remembered(authorization);
    if (known !== undefined) {
      admit(request, known);
      return done();
    }
    // Before any computation, and after known callers, whom others at their address must not hold up.
    refusals.assertMayTry(request);
    const sessionId = authorization === undefined ? sessionIdOf(request) : undefined;
    const verified =
      sessions === undefined || sessionId === undefined
        ? tokens.verify(authorization)
        : ofSession(request, sessions, sessionId);
    void verified
      .catch((error: unknown) => {
        if (error instanceof Problem && error.status === 401) refusals.count(request);
        throw error;
      })
      .then((caller) => admit(request, caller))
      // oxlint-disable-next-line promise/no-callback-in-promise -- the hook's callback takes both outcomes
      .then(() => done(), done);
  });
});

/** Throws Problem 401 if the session has ended; 403 for a request that may be forged; StoreUnavailable. */
async function ofSession(request: FastifyRequest, sessions: Sessions, id: string): Promise<Caller> {
  assertNotForged(request, id);
  const caller = await sessions.find(id);
  if (caller === undefined) throw new Problem('unauthorized', 'The session has ended. Sign in again.');
  return caller;
}

function admit(request: FastifyRequest, caller: Caller): void {
  const { access = [] } = request.routeOptions.config;
  if (!access.includes(caller.role)) {
    throw new Problem(
      'forbidden',
      `The role ${caller.role} may not do that. Use a token with the role ${access.join(' or ')}.`,
    );
  }
  request.caller = caller;
}

export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('The route is not behind the auth plugin.');
  return request.caller;
}

/** Throws Problem 404 for another account than that of an `app` token, as for an unknown one. */
export function assertMayUse(request: FastifyRequest, accountId: string): void {
  if (!mayUseAccount(callerOf(request), accountId)) throw unknownAccount();
}
