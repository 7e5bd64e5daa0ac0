import type { Durations } from '../../../../gateways/metrics/durations.js';
import type { Answering } from '../../../http/answer-first.js';
import { requestIds } from '../../../http/request-ids.js';
import { mayUseAccount } from '../../../roles.js';
import type { StatusCache } from '../../../status-cache.js';
import type { TokenVerifier } from '../../../tokens.js';
import { type StatusPolls, answerStatus, isTooOften } from './answer.js';

/** A poll with one parameter, */
const POLL = '/v2/check-migration-status?account_id=';
/** which needs no decoding. */
const PLAIN_ID = /^[\w.-]{1,128}$/;

export interface StatusMemory extends StatusPolls {
  readonly statuses: StatusCache;
  readonly tokens: TokenVerifier;
  /** Where the metrics count answers, by status. */
  readonly durations: Readonly<Record<200 | 304, Durations>>;
  readonly isClosing: () => boolean;
}

/**
 * Answers polls from memory before Fastify sees them, which would take longer than all the rest. It answers only a plain poll of a cached account
 * by a caller who is known, may use the account and is within the limit. Every other request, and with it every refusal, is left to the route
 * `check-migration-status`, which makes the same checks.
 */
export function statusFromMemory({
  statuses,
  tokens,
  durations,
  isClosing,
  ...polls
}: StatusMemory): Answering {
  const { clock } = polls;
  const nextId = requestIds();
  return (request, response) => {
    if (request.method !== 'GET' || isClosing()) return false;
    const began = clock.elapsed();
    const { url = '', headers } = request;
    const accountId = url.startsWith(POLL) ? url.slice(POLL.length) : '';
    if (!PLAIN_ID.test(accountId)) return false;
    const caller = tokens.remembered(headers.authorization);
    if (caller === undefined || !mayUseAccount(caller, accountId)) return false;
    const found = statuses.peek(accountId);
    if (found === undefined || isTooOften(polls, caller)) return false;
    const { 'if-none-match': ifNoneMatch, origin } = headers;
    const poll = { accountId, caller, requestId: nextId(), ifNoneMatch, origin };
    const status = answerStatus(polls, poll, found, response);
    durations[status].note(clock.elapsed() - began);
    return true;
  };
}
