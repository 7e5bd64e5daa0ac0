import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../http/problems.js';
import { addressOf, type Refusals } from '../http/refusals.js';
import { refuseBody } from '../plugins/bodies.js';
import { callerOf } from '../plugins/auth.js';
import { OPERATORS, type Role } from '../roles.js';
import { GUARDED_BODY, problems } from '../schemas/problem.js';
import type { TokenVerifier } from '../tokens.js';
import { clearSessionCookie, sessionIdOf, setSessionCookie } from './cookies.js';
import { assertNotForged, assertSameSite } from './forgery.js';
import { SessionView, SignInBody, SignInCodeView } from './schemas.js';
import { type Begun, csrfToken, type Sessions } from './sessions.js';

export interface SessionRoutes {
  readonly sessions: Sessions;
  readonly tokens: TokenVerifier;
  readonly refusals: Refusals;
  readonly ways: readonly ('token' | 'oidc')[];
  /** Attempts to sign in from one address in ten seconds. */
  readonly max: number;
}

const SIGNED_IN = {
  description: 'Who is signed in.',
  content: { 'application/json': { schema: SessionView } },
};
const OPEN = { tags: ['operators'], security: [] };

/** Signing in and out. */
export const sessionRoutes: FastifyPluginAsyncTypebox<SessionRoutes> = async (app, options) => {
  const { sessions, tokens, refusals, ways, max } = options;
  const view = ({ id, caller: { subject, role, expiresAt } }: Begun) => ({
    subject,
    role: role as Exclude<Role, 'app'>,
    expires_at: new Date(expiresAt).toISOString(),
    csrf_token: csrfToken(id),
    ways: [...ways],
  });

  app.get(
    '/session',
    {
      config: { rateLimit: {} },
      schema: {
        ...OPEN,
        operationId: 'getSession',
        summary: 'Returns who is signed in',
        description: '401 if nobody is; `ways` of the problem says how to sign in.',
        response: { 200: SIGNED_IN, ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const id = sessionIdOf(request);
      if (id !== undefined) assertSameSite(request);
      const caller = id === undefined ? undefined : await sessions.find(id);
      if (id === undefined || caller === undefined) {
        throw new Problem('unauthorized', 'Nobody is signed in.', { ways });
      }
      return view({ id, caller });
    },
  );

  app.post(
    '/session',
    {
      config: { rateLimit: { max } },
      schema: {
        ...OPEN,
        operationId: 'signIn',
        summary: 'Signs in with a token or a code, and sets the session cookie',
        description:
          'The session ends with the token, after twelve hours, or when it is ended. 403 for the role `app`.',
        body: SignInBody,
        response: { 200: SIGNED_IN, ...problems(400, 401, 403, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      assertSameSite(request);
      refusals.assertMayTry(request);
      const begun = await begin(request).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 401) refusals.count(request);
        throw error;
      });
      setSessionCookie(request, reply, begun);
      return reply.header('cache-control', 'no-store').send(view(begun));
    },
  );

  app.delete(
    '/session',
    {
      config: { rateLimit: {} },
      preValidation: refuseBody,
      schema: {
        ...OPEN,
        operationId: 'signOut',
        summary: 'Signs out: the session ends on every process, and its streams end',
        description: 'Needs `X-CSRF-Token`. Idempotent.',
        response: {
          204: Type.Null({ description: 'Nobody is signed in.' }),
          ...problems(400, 403, 413, 415, 503),
        },
      },
    },
    async (request, reply) => {
      const id = sessionIdOf(request);
      if (id !== undefined) {
        assertNotForged(request, id);
        await sessions.end(id, addressOf(request));
        clearSessionCookie(request, reply);
      }
      return reply.code(204).send(null);
    },
  );

  async function begin(request: FastifyRequest<{ Body: { token?: string; code?: string } }>): Promise<Begun> {
    const { token, code } = request.body;
    const [earlier, from] = [sessionIdOf(request), addressOf(request)];
    if (token === undefined) return sessions.beginByCode(code ?? '', earlier, from);
    return sessions.begin(await tokens.verify(`Bearer ${token}`), 'token', earlier, from);
  }
};

/** Under `/v2`, behind `auth`. */
export const signInCodes: FastifyPluginAsyncTypebox<Pick<SessionRoutes, 'sessions'>> = async (
  app,
  { sessions },
) => {
  app.post(
    '/sign-in-codes',
    {
      config: { access: OPERATORS, rateLimit: {} },
      preValidation: refuseBody,
      schema: {
        operationId: 'addSignInCode',
        tags: ['operators'],
        summary: 'Makes a code that signs the caller in to the dashboard once, within ten minutes',
        response: {
          201: { description: 'The code.', content: { 'application/json': { schema: SignInCodeView } } },
          ...problems(...GUARDED_BODY),
        },
      },
    },
    async (request, reply) => {
      const { code, expiresAt } = await sessions.newCode(callerOf(request));
      void reply.header('cache-control', 'no-store');
      return reply.code(201).send({ code, expires_at: new Date(expiresAt).toISOString() });
    },
  );
};
