import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Problem, unknownAccount } from '../http/problems.js';
import { type Caller, type Role, mayUseAccount } from '../roles.js';
import type { Refusals } from '../http/refusals.js';
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
}

/** Authenticates and authorizes the caller of every route in its scope, before a body is read. A route without `access` is an error. */
export const auth = fp(async (app: FastifyInstance, { tokens, refusals }: Options) => {
  app.decorateRequest('caller', null);

  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined)
      throw new Error(`${String(method)} ${url} does not say who may call it.`);
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
    void tokens
      .verify(authorization)
      .catch((error: unknown) => {
        if (error instanceof Problem && error.status === 401) refusals.count(request);
        throw error;
      })
      .then((caller) => admit(request, caller))
      // oxlint-disable-next-line promise/no-callback-in-promise -- the hook's callback takes both outcomes
      .then(() => done(), done);
  });
});

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
