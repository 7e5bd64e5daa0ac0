import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../../domain/engine/clock.js';
import type { AppPolls } from '../../../app-polls.js';
import type { CallWindow } from '../../../http/call-window.js';
import { matchesEtag } from '../../../http/etag.js';
import { retryAfterSeconds } from '../../../http/retry-after.js';
import type { OriginHeaders } from '../../../plugins/cross-origin.js';
import type { RateLimits } from '../../../plugins/rate-limit.js';
import type { Caller } from '../../../roles.js';
import type { CachedStatus } from '../../../status-cache.js';

/** The headers of helmet, which other routes use, that matter for data no browser shows. */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
};

/** Name, value, name, value, …, as Node takes them. The first ones are filled in for each answer. */
const FILLED_IN = ['etag', '', 'retry-after', '', 'x-request-id', ''];
const [ETAG, RETRY_AFTER, REQUEST_ID] = [1, 3, 5];
const SAME_IN_ALL = ['cache-control', 'private, no-cache', ...Object.entries(SECURITY_HEADERS).flat()];
const SAME_IN_BODIES = [...SAME_IN_ALL, 'content-type', 'application/json; charset=utf-8', 'content-length'];

/** Headers by status, for callers of one origin. Node reads them before `writeHead` returns, so the same ones are used for each answer. */
const headersByOrigin = new WeakMap<readonly string[], Readonly<Record<200 | 304, string[]>>>();

function headersFor(origin: readonly string[]): Readonly<Record<200 | 304, string[]>> {
  let headers = headersByOrigin.get(origin);
  if (headers === undefined) {
    headers = {
      200: [...FILLED_IN, ...origin, ...SAME_IN_BODIES, ''],
      304: [...FILLED_IN, ...origin, ...SAME_IN_ALL],
    };
    headersByOrigin.set(origin, headers);
  }
  return headers;
}

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
  if (caller.role === 'app' && found.status !== 'all-messages-migrated') polls.note(accountId);
  const status = matchesEtag(ifNoneMatch, found.etag) ? 304 : 200;
  const headers = headersFor(originHeaders(origin))[status];
  headers[ETAG] = found.etag;
  headers[RETRY_AFTER] = String(retryAfterSeconds(found.status, clock.now() - found.changedAt));
  headers[REQUEST_ID] = requestId;
  if (status === 304) {
    response.writeHead(status, headers).end();
  } else {
    headers[headers.length - 1] = found.length;
    response.writeHead(status, headers).end(found.body, 'latin1');
  }
  return status;
}
