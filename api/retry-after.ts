import type { AccountStatus } from '../domain/conversations/statuses.js';

/**
 * When asking again makes sense, in whole seconds, from how long the status document has not changed.
 *
 * A document that has just changed is likely to change again: 1 s. What has been quiet stays quiet: a second more for every
 * five of quiet, so that a change is seen late by at most a fifth of the time it took, up to a minute. Once all messages are
 * migrated only ports can still change it: from a minute up to an hour.
 */
export function retryAfterSeconds(status: AccountStatus, unchangedMs: number): number {
  const quiet = Math.floor(Math.max(0, unchangedMs) / 5_000);
  return status === 'all-messages-migrated' ? Math.min(3_600, 60 + quiet) : Math.min(60, 1 + quiet);
}
