import rateLimiter from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { addressKey, tooMany } from '../http/refusals.js';

export interface RateLimits {
  /** check-migration-status: requests a second for the account of an `app` token, and for a token with another role. */
  readonly statusPerSecond: { readonly app: number; readonly others: number };
  /** Every other call: requests in ten seconds for one token. */
  readonly callsPerTenSeconds: number;
  /** /readyz and /metrics, each: requests in ten seconds from one address. */
  readonly probesPerTenSeconds: number;
  /** Bad tokens and signatures: refusals (401) in ten seconds for one address. */
  readonly refusalsPerTenSeconds: number;
  /** Attempts to sign in: requests in ten seconds from one address. */
  readonly signInsPerTenSeconds: number;
}

/** Far above what healthy callers need; they keep a runaway caller from harming the others. */
export const DEFAULT_RATE_LIMITS: RateLimits = {
  statusPerSecond: { app: 1_000, others: 10_000 },
  callsPerTenSeconds: 3_000,
  probesPerTenSeconds: 300,
  refusalsPerTenSeconds: 1_000,
  signInsPerTenSeconds: 30,
};

/** Limits each caller by token, or by address without one. */
export const rateLimit = fp(async (app: FastifyInstance, limits: RateLimits) => {
  await app.register(rateLimiter, {
    global: false,
    max: limits.callsPerTenSeconds,
    timeWindow: 10_000,
    cache: 20_000,
    keyGenerator: keyOf,
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
      'retry-after': true,
    },
    errorResponseBuilder: (request, { after }) => tooMany(request, after),
  });
});

function keyOf(request: FastifyRequest): string {
  return request.caller?.key ?? addressKey(request);
}
