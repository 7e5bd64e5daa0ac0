import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../domain/engine/clock.js';
import type { AppPolls } from '../../app-polls.js';
import type { CallWindow } from '../../http/call-window.js';
import { matchesEtag } from '../../http/etag.js';
import { retryAfterSeconds } from '../../http/retry-after.js';
import type { OriginHeaders } from '../../plugins/cross-origin.js';
import type { RateLimits } from '../../plugins/rate-limit.js';
import type { Caller } from '../../roles.js';
import type { CachedStatus } from '../../status-cache.js';

/** The headers of helmet, which other routes use, that matter for data no browser shows. */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
};

/** Name, value, name, value, …, as Node takes them. */
const SAME_IN_ALL = ['cache-control', 'private, no-cache', ...Object.entries(SECURITY_HEADERS).flat()];
const SAME_IN_BODIES = [...SAME_IN_ALL, 'content-type', 'application/json; charset=utf-8'];

/** What answering a poll needs besides the status. */
export interface StatusPolls {
  readonly polls: AppPolls;
  /** The calls of the current second. */
  readonly window: CallWindow;
  readonly limits: RateLimits['statusPerSecond'];
  readonly clock: Clock;
  readonly originHeaders: OriginHeaders;
}

/** Counts the call. True if its caller has made too many within the second. */
export function isTooOften({ window, limits }: StatusPolls, { role, key }: Caller): boolean {
  return window.count(key) > (role === 'app' ? limits.app : limits.others);
}

export interface StatusPoll {
  readonly accountId: string;
  readonly caller: Caller;
  readonly requestId: string;
  readonly ifNoneMatch: string | undefined;
  readonly origin: string | undefined;
}

/**
 * Answers through Node's response instead of Fastify's reply, because building an object of headers costs more than the rest of the request.
 * Records that an app waits. Returns the answer's status.
 */
export function answerStatus(
  { polls, clock, originHeaders }: StatusPolls,
  { accountId, caller, requestId, ifNoneMatch, origin }: StatusPoll,
  found: CachedStatus,
  response: ServerResponse,
): 200 | 304 {
  const isKnown = matchesEtag(ifNoneMatch, found.etag);
  const headers = [
    'etag',
    found.etag,
    'retry-after',
    String(retryAfterSeconds(found.status, clock.now() - found.changedAt)),
    'x-request-id',
    requestId,
    ...originHeaders(origin),
    ...(isKnown ? SAME_IN_ALL : SAME_IN_BODIES),
  ];
  if (caller.role === 'app' && found.status !== 'all-messages-migrated') polls.note(accountId);
  if (isKnown) {
    response.writeHead(304, headers).end();
    return 304;
  }
  headers.push('content-length', found.length);
  response.writeHead(200, headers).end(found.body);
  return 200;
}
