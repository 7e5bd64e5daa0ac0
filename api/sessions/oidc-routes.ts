import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { OidcRefused, OidcUnavailable, type OidcProvider } from '../../gateways/oidc/provider.js';
import { Problem, unavailable } from '../http/problems.js';
import { addressOf, type Refusals } from '../http/refusals.js';
import { Strict } from '../schemas/common.js';
import { problems } from '../schemas/problem.js';
import { sessionIdOf, setSessionCookie } from './cookies.js';
import { roleIn } from './oidc-role.js';
import type { Sessions } from './sessions.js';

export interface OidcSettings {
  readonly provider: OidcProvider;
  /** The claim that gives the role. */
  readonly roleClaim: string;
}

interface OidcRoutes extends OidcSettings {
  readonly sessions: Sessions;
  readonly refusals: Refusals;
  /** Attempts to sign in from one address in ten seconds. */
  readonly max: number;
}

const PATH = '/session/oidc';
const COOKIE = 'carryover_sign_in';
const MOST_SECONDS = 600;

/** A path of this site, and never another site: no browser reads it as `//host`. */
const LocalPath = Type.String({
  maxLength: 2_000,
  pattern: '^/([^/\\\\\\s\\x00-\\x1f][^\\\\\\s\\x00-\\x1f]*)?$',
  description: 'Where to go then; default: `/`.',
});

const Pending = Strict({
  state: Type.String(),
  nonce: Type.String(),
  verifier: Type.String(),
  returnTo: LocalPath,
});

const REDIRECTED = { headers: { Location: Type.String() } };

/**
 * Signing in at an OpenID Connect provider. The pending state is in a short-lived cookie, so any API process can finish a sign-in that another
 * began.
 */
export const oidcRoutes: FastifyPluginAsyncTypebox<OidcRoutes> = async (
  app,
  { provider, roleClaim, sessions, refusals, max },
) => {
  const open = { tags: ['operators'], security: [] };

  app.get(
    PATH,
    {
      config: { rateLimit: { max } },
      schema: {
        ...open,
        operationId: 'beginOidc',
        summary: 'Sends a person to the OpenID Connect provider to sign in',
        querystring: Strict({ return_to: Type.Optional(LocalPath) }),
        response: {
          302: { ...Type.Null({ description: 'To the provider.' }), ...REDIRECTED },
          ...problems(400, 503),
        },
      },
    },
    async (request, reply) => {
      const { url, transaction } = await provider.begin(callbackOf(request)).catch(refuse);
      const pending = { ...transaction, returnTo: request.query.return_to ?? '/' };
      reply.setCookie(COOKIE, Buffer.from(JSON.stringify(pending)).toString('base64url'), {
        ...attributes(request),
        maxAge: MOST_SECONDS,
      });
      return reply.header('cache-control', 'no-store').redirect(url);
    },
  );

  app.get(
    `${PATH}/callback`,
    {
      config: { rateLimit: { max } },
      schema: {
        ...open,
        operationId: 'endOidc',
        summary: 'Signs in a person who returns from the OpenID Connect provider',
        description:
          'The provider sends people here. 401 for an answer that belongs to no sign-in of this browser; 403 if no claim gives a role.',
        // Providers add parameters of their own.
        querystring: Type.Object({}),
        response: {
          302: {
            ...Type.Null({ description: 'To the page from which the person signed in.' }),
            ...REDIRECTED,
          },
          ...problems(400, 401, 403, 503),
        },
      },
    },
    async (request, reply) => {
      refusals.assertMayTry(request);
      const pending = pendingIn(request);
      reply.clearCookie(COOKIE, attributes(request)).header('cache-control', 'no-store');
      try {
        if (pending === undefined)
          throw new Problem(
            'unauthorized',
            'This browser has not begun a sign-in, or the sign-in took too long. Sign in again.',
          );
        const url = new URL(callbackOf(request));
        url.search = new URL(request.url, url).search;
        const claims = await provider.finish(url, pending).catch(refuse);
        const role = roleIn(claims, roleClaim);
        if (role === undefined) {
          throw new Problem(
            'forbidden',
            `The claim ${roleClaim} of your ID token gives no role here. Ask for operator or admin at your provider.`,
          );
        }
        const identity = { subject: claims.sub, role, expiresAt: Number.POSITIVE_INFINITY };
        setSessionCookie(
          request,
          reply,
          await sessions.begin(identity, 'oidc', sessionIdOf(request), addressOf(request)),
        );
        return reply.redirect(pending.returnTo);
      } catch (error) {
        if (error instanceof Problem && error.status === 401) refusals.count(request);
        throw error;
      }
    },
  );
};

function refuse(error: unknown): never {
  if (error instanceof OidcRefused)
    throw new Problem('unauthorized', `${error.message} Sign in again.`, { cause: error });
  if (error instanceof OidcUnavailable)
    throw unavailable('The OpenID Connect provider cannot be reached at the moment.', 5, error);
  throw error;
}

/** The address that the provider must know as a redirect URI; without a port that the protocol has anyway. */
function callbackOf({ protocol, host }: FastifyRequest): string {
  return new URL(`${PATH}/callback`, `${protocol}://${host}`).href;
}

function pendingIn({ cookies }: FastifyRequest) {
  try {
    const pending: unknown = JSON.parse(Buffer.from(cookies[COOKIE] ?? '', 'base64url').toString('utf8'));
    return Value.Check(Pending, pending) ? pending : undefined;
  } catch {
    return undefined;
  }
}

/** Lax, because the person comes back from the provider's site. */
function attributes({ protocol }: FastifyRequest) {
  return { path: PATH, httpOnly: true, sameSite: 'lax', secure: protocol === 'https' } as const;
}
