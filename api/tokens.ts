import { hash } from 'node:crypto';
import { type JWTHeaderParameters, type JWTVerifyOptions, createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Clock } from '../domain/engine/clock.js';
import { Problem, unavailable } from './http/problems.js';
import { type Caller, ROLES } from './roles.js';

export interface AuthOptions {
  /** For HS256: the text's bytes are the key. */
  readonly secret?: string | undefined;
  /** For RS256, ES256 and EdDSA: the address of the issuer's keys. */
  readonly jwksUrl?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

export interface TokenVerifier {
  /** The caller, if the token was verified lately and has not expired; undefined if it must be verified. */
  remembered(authorization: string | undefined): Caller | undefined;
  /** Verifies the token and returns the caller. Throws Problem 401; 503 if the issuer's keys cannot be fetched. */
  verify(authorization: string | undefined): Promise<Caller>;
}

interface Verified {
  readonly caller: Caller;
  /** When it must be verified again, in milliseconds since 1970. */
  readonly rememberedUntil: number;
}

/** A cache of verified tokens; its keys are hashes. */
export interface TokenMemory {
  get(hash: string): Verified | undefined;
  set(hash: string, verified: Verified): unknown;
}

const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];

/** The longest time until a withdrawn key of the issuer takes effect. */
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
 * Verifies tokens and caches the result, because the app polls with the same one; `exp` is still checked each time. The cache's key is a hash
 * of the whole header, so that a known header is not parsed, and the process's memory holds no usable tokens.
 */
export function createTokenVerifier(
  options: AuthOptions,
  clock: Pick<Clock, 'now'>,
  memory: TokenMemory = new LRUCache<string, Verified>({ max: REMEMBERED_TOKENS }),
): TokenVerifier {
  /** Concurrent requests with the same new token share one verification. */
  const underWay = new Map<string, Promise<Verified>>();
  const verifyToken = createVerify(options, clock);

  return {
    remembered(authorization) {
      if (authorization === undefined) return undefined;
      const verified = memory.get(hashOf(authorization));
      return verified !== undefined && verified.rememberedUntil > clock.now() ? verified.caller : undefined;
    },
    async verify(authorization) {
      const token = tokenOf(authorization);
      let verifying = underWay.get(token);
      if (verifying === undefined) {
        verifying = verifyToken(token).finally(() => underWay.delete(token));
        underWay.set(token, verifying);
      }
      const verified = await verifying;
      memory.set(hashOf(authorization ?? ''), verified);
      return verified.caller;
    },
  };
}

function hashOf(header: string): string {
  return hash('sha256', header, 'base64');
}

function tokenOf(authorization: string | undefined): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw noToken();
  return token;
}

function createVerify(options: AuthOptions, clock: Pick<Clock, 'now'>): (token: string) => Promise<Verified> {
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
  // The algorithm decides the key: a shared secret is never used as a public key, nor a public key as a secret.
  const keyFor = async (header: JWTHeaderParameters) => {
    if (header.alg === 'HS256' && secret) return secret;
    if (header.alg !== 'HS256' && jwks) return jwks(header);
    throw badToken('The token is signed with an algorithm that is not accepted.');
  };

  return async (token) => {
    const { payload } = await jwtVerify(token, keyFor, {
      ...verifyOptions,
      currentDate: new Date(clock.now()),
    }).catch((error: unknown) => {
      throw problemOf(error);
    });
    if (!Claims.Check(payload)) {
      throw badToken(
        'The token lacks a claim: sub, role and exp are needed, and account_id for the role app.',
      );
    }
    const { sub, role, exp } = payload;
    const accountId = (payload as { account_id?: string }).account_id;
    const key = JSON.stringify([role, sub, role === 'app' ? accountId : undefined]);
    const expiresAt = exp * 1_000;
    const known = { subject: sub, role, expiresAt, key };
    const caller: Caller = role === 'app' && accountId !== undefined ? { ...known, accountId } : known;
    return { caller, rememberedUntil: Math.min(expiresAt, clock.now() + REMEMBER_MS) };
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
    ? unavailable('The keys that verify tokens cannot be fetched at the moment.', 5, error)
    : badToken('The token is not valid.');
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
