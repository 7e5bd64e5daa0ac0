import { createHash } from 'node:crypto';
import { type JWTHeaderParameters, type JWTVerifyOptions, createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem, unavailable } from './problems.js';
import { type Caller, ROLES } from './roles.js';

export interface AuthOptions {
  /** HS256: the text's bytes are the key. */
  readonly secret?: string | undefined;
  /** RS256, ES256, EdDSA: where the issuer's keys are. */
  readonly jwksUrl?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

export type TokenVerifier = (authorization: string | undefined) => Promise<Caller>;

interface Verified {
  readonly caller: Caller;
  /** Seconds since 1970. */
  readonly expires: number;
}

const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];

/** A key that the issuer has withdrawn is noticed at the latest after this. */
const REMEMBER_MS = 5 * 60_000;
const REMEMBERED_TOKENS = 20_000;

const Claims = Compile(
  Type.Union([
    Type.Object({
      sub: Type.String({ minLength: 1 }),
      exp: Type.Number(),
      role: Type.Literal('app'),
      account_id: Type.String({ minLength: 1 }),
    }),
    Type.Object({
      sub: Type.String({ minLength: 1 }),
      exp: Type.Number(),
      role: Type.Union(ROLES.filter((role) => role !== 'app').map((role) => Type.Literal(role))),
    }),
  ]),
);

/**
 * Who calls, from the Authorization header. A token that held once is remembered (not itself: its hash), since the app
 * calls all the time with the same one; its `exp` is looked at each time all the same.
 * Throws Problem 401; 503 when the issuer's keys cannot be had.
 */
export function createTokenVerifier(options: AuthOptions): TokenVerifier {
  const remembered = new LRUCache<string, Verified>({ max: REMEMBERED_TOKENS, ttl: REMEMBER_MS });
  const verify = createVerify(options);

  return async (authorization) => {
    const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw noToken();
    const key = createHash('sha256').update(token).digest('base64');
    let verified = remembered.get(key);
    if (verified === undefined) {
      verified = await verify(token);
      remembered.set(key, verified);
    }
    if (verified.expires <= Date.now() / 1000) throw badToken('The token has expired.');
    return verified.caller;
  };
}

function createVerify(options: AuthOptions): (token: string) => Promise<Verified> {
  const secret = options.secret === undefined ? undefined : new TextEncoder().encode(options.secret);
  const jwks =
    options.jwksUrl === undefined
      ? undefined
      : createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: 3_000, cooldownDuration: 10_000 });

  const verifyOptions: JWTVerifyOptions = {
    algorithms: [...(secret ? ['HS256'] : []), ...(jwks ? PUBLIC_KEY_ALGORITHMS : [])],
    requiredClaims: ['exp'],
    ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
    ...(options.audience === undefined ? {} : { audience: options.audience }),
  };
  // A shared secret is never tried as a public key's text, nor the other way round.
  const keyFor = async (header: JWTHeaderParameters) => {
    if (header.alg === 'HS256' && secret) return secret;
    if (header.alg !== 'HS256' && jwks) return jwks(header);
    throw badToken('The token is signed in a way that is not accepted here.');
  };

  return async (token) => {
    const { payload } = await jwtVerify(token, keyFor, verifyOptions).catch((error: unknown) => {
      throw problemOf(error);
    });
    if (!Claims.Check(payload)) {
      throw badToken(
        'The token lacks a claim: sub, role and exp are needed, and account_id for the role app.',
      );
    }
    const { sub, role, exp } = payload;
    const accountId = (payload as { account_id?: string }).account_id;
    const caller: Caller =
      role === 'app' && accountId !== undefined ? { subject: sub, role, accountId } : { subject: sub, role };
    return { caller, expires: exp };
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof errors.JWTExpired) return badToken('The token has expired.');
  const notTheTokensFault =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError) ||
    error.code === 'ERR_JOSE_GENERIC';
  return notTheTokensFault
    ? unavailable('The keys that tokens are checked with cannot be had just now.', 5, error)
    : badToken('The token does not hold.');
}

function noToken(): Problem {
  return new Problem('unauthorized', 'Send a token: Authorization: Bearer <JWT>.', {
    headers: { 'www-authenticate': 'Bearer realm="carryover"' },
  });
}

function badToken(detail: string): Problem {
  return new Problem('unauthorized', detail, {
    headers: { 'www-authenticate': 'Bearer realm="carryover", error="invalid_token"' },
  });
}
