import { isIP } from 'node:net';
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../domain/engine/clock.js';
import { CallWindow } from './call-window.js';
import { Problem } from './problems.js';

const WINDOW_MS = 10_000;

/** Blocks addresses that keep sending bad tokens or signatures: it counts refusals (401) by address. */
export class Refusals {
  readonly #window: CallWindow;

  /** @param max refusals in ten seconds */
  constructor(
    private readonly max: number,
    clock: Clock,
  ) {
    this.#window = new CallWindow(WINDOW_MS, clock);
  }

  /** Throws Problem 429 for an address that was refused too often. */
  assertMayTry(request: FastifyRequest): void {
    if (this.#window.countOf(addressKey(request)) < this.max) return;
    const seconds = this.#window.secondsLeft;
    throw tooMany(request, `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`, {
      'retry-after': String(seconds),
    });
  }

  count(request: FastifyRequest): void {
    this.#window.count(addressKey(request));
  }
}

/** The caller's address; behind a proxy of TRUSTED_PROXIES the one that the proxy names, if it is an address. */
export function addressOf(request: FastifyRequest): string {
  return isIP(request.ip) === 0 ? (request.socket.remoteAddress ?? '') : request.ip;
}

/** Distinguishes callers without a token; all addresses of an IPv6 subnet count as one. */
export function addressKey(request: FastifyRequest): string {
  return normalizeIP(addressOf(request));
}

/** A 429. @param after a duration in words */
export function tooMany(
  request: FastifyRequest,
  after: string,
  headers?: Readonly<Record<string, string>>,
): Problem {
  const who = request.caller ? 'token' : 'address';
  const detail = `Too many requests come from this ${who}. Try again in ${after}.`;
  return new Problem('too-many-requests', detail, headers === undefined ? {} : { headers });
}
