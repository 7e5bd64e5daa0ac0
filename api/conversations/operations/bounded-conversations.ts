import pLimit from 'p-limit';
import type { Clock, Stop } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { ConversationsClient } from '../../../gateways/conversations/client.js';

export interface BoundedConversations extends ConversationsClient {
  /** Whether more requests wait than will be answered soon. */
  readonly isBusy: boolean;
  readonly clock: Clock;
}

/** The number of connections that the client keeps. */
const AT_ONCE = 16;
/** The longest that a caller waits, for the queue and the call together. */
const WAIT_MS = 8_000;
const RETRY_AFTER_SECONDS = 5;
/** A queue of this length is worked through within moments. */
const SHORT_QUEUE = 32;

/**
 * Bounds the API's calls to Conversations: a limited number at once, and one in flight for each account and call, which all callers share. A
 * caller that has waited too long, in the queue or for the answer, gets SourceUnavailable.
 */
export function boundedConversations(
  client: ConversationsClient,
  clock: Clock,
  waitMs = WAIT_MS,
): BoundedConversations {
  const limit = pLimit(AT_ONCE);
  const shared = <Answer>(ask: (accountId: string) => Promise<Answer>) => {
    const inFlight = new Map<string, Promise<Answer>>();
    return (accountId: string): Promise<Answer> => {
      const held = inFlight.get(accountId);
      if (held !== undefined) return held;
      const answer = inTime(
        (tooLate) => limit(() => (tooLate() ? giveUp() : ask(accountId))),
        waitMs,
        clock,
      ).finally(() => inFlight.delete(accountId));
      inFlight.set(accountId, answer);
      return answer;
    };
  };
  return {
    clock,
    get isBusy() {
      return limit.pendingCount > SHORT_QUEUE;
    },
    getAccount: shared((accountId) => client.getAccount(accountId)),
    getMigrationPayload: shared((accountId) => client.getMigrationPayload(accountId)),
    close: () => client.close(),
  };
}

async function inTime<Answer>(
  ask: (tooLate: () => boolean) => Promise<Answer>,
  waitMs: number,
  clock: Clock,
): Promise<Answer> {
  let late = false;
  let stop: Stop | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    stop = clock.after(waitMs, () => {
      late = true;
      reject(slow());
    });
  });
  try {
    return await Promise.race([ask(() => late), deadline]);
  } finally {
    stop?.();
  }
}

function giveUp(): never {
  throw slow();
}

function slow(): CarryoverError {
  return new CarryoverError('SourceUnavailable', 'Conversations does not answer in time.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
