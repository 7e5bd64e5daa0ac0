import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Problem, unknownAccount } from '../problems.js';
import { type Caller, type Role, mayUseAccount } from '../roles.js';
import { type AuthOptions, createTokenVerifier } from '../tokens.js';

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

/** Guards every route of its scope: who calls is known and may call before a body is read. A route without `access` is a mistake. */
export const auth = fp(async (app: FastifyInstance, options: AuthOptions) => {
  const verify = createTokenVerifier(options);
  app.decorateRequest('caller', null);

  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined)
      throw new Error(`${String(method)} ${url} does not say who may call it.`);
  });

  app.addHook('onRequest', async (request) => {
    // An unknown path is answered as such, whoever asks.
    if (request.is404) return;
    const caller = await verify(request.headers.authorization);
    if (request.routeOptions.config.access?.includes(caller.role) !== true) {
      throw new Problem('forbidden', `The role ${caller.role} may not do that.`);
    }
    request.caller = caller;
  });
});

export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('The route is not behind the auth plugin.');
  return request.caller;
}

/** Another account is, to an `app` token, as if it were not there. Throws Problem 404. */
export function assertMayUse(request: FastifyRequest, accountId: string): void {
  if (!mayUseAccount(callerOf(request), accountId)) throw unknownAccount();
}
