import type { Answering } from '../../http/answer-first.js';
import { pollHeaders } from '../../http/poll-headers.js';
import { requestIds } from '../../http/request-ids.js';
import { mayUseAccount } from '../../roles.js';
import type { StatusCache } from '../../status-cache.js';
import type { TokenVerifier } from '../../tokens.js';
import { type StatusPolls, answerStatus, isTooOften } from './status-answer.js';

/** A poll whose only parameter needs no decoding. */
const PLAIN_POLL = /^\/v2\/check-migration-status\?account_id=([\w.-]{1,128})$/;

export interface StatusMemory extends StatusPolls {
  readonly statuses: StatusCache;
  readonly tokens: TokenVerifier;
  /** Counts the answer in the metrics. */
  readonly note: (status: number, elapsedMs: number) => void;
  readonly isClosing: () => boolean;
}

/**
 * Answers polls from memory before Fastify sees them, which would take longer than all the rest. It answers only a plain poll of a cached account
 * by a caller who is known, may use the account and is within the limit. Every other request, and with it every refusal, is left to the route
 * `check-migration-status`, which makes the same checks.
 */
export function statusFromMemory({ statuses, tokens, note, isClosing, ...polls }: StatusMemory): Answering {
  const { clock } = polls;
  const nextId = requestIds();
  return (request, response) => {
    if (request.method !== 'GET' || isClosing()) return false;
    const began = clock.elapsed();
    const accountId = PLAIN_POLL.exec(request.url ?? '')?.[1];
    if (accountId === undefined) return false;
    const headers = pollHeaders(request.rawHeaders);
    if (headers === undefined) return false;
    const caller = tokens.remembered(headers.authorization);
    if (caller === undefined || !mayUseAccount(caller, accountId)) return false;
    const found = statuses.peek(accountId);
    if (found === undefined || isTooOften(polls, caller)) return false;
    const { ifNoneMatch, origin } = headers;
    const poll = { accountId, caller, requestId: nextId(), ifNoneMatch, origin };
    note(answerStatus(polls, poll, found, response), clock.elapsed() - began);
    return true;
  };
}
