import rateLimiter from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { addressKey, tooMany } from '../refusals.js';

export interface RateLimits {
  /** check-migration-status, requests a second for one `app` token's account, and for one token of the other roles. */
  readonly statusPerSecond: { readonly app: number; readonly others: number };
  /** Every other call, requests in ten seconds for one token. */
  readonly callsPerTenSeconds: number;
  /** /readyz and /metrics, each: requests in ten seconds from one address. */
  readonly probesPerTenSeconds: number;
  /** Bad tokens and signatures, answers 401 in ten seconds to one address. */
  readonly refusalsPerTenSeconds: number;
}

/** Far above what healthy callers do: they are there so that one that has gone mad does not harm the others. */
export const DEFAULT_RATE_LIMITS: RateLimits = {
  statusPerSecond: { app: 1_000, others: 10_000 },
  callsPerTenSeconds: 3_000,
  probesPerTenSeconds: 300,
  refusalsPerTenSeconds: 1_000,
};

/** Callers are told apart by their token, those without by their address. */
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
