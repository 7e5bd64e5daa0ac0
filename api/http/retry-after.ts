import type { AccountStatus } from '../../domain/conversations/statuses.js';

/**
 * The seconds to wait before the next poll, from how long the status document has been unchanged.
 *
 * A document that has just changed is likely to change again: 1 s. A quiet one stays quiet: one second more for every five of quiet, up to a
 * minute, so that a change is seen late by at most a fifth of the time it took. Once all messages are migrated only ports can change it: from
 * a minute up to an hour.
 */
export function retryAfterSeconds(status: AccountStatus, unchangedMs: number): number {
  const quiet = Math.floor(Math.max(0, unchangedMs) / 5_000);
  return status === 'all-messages-migrated' ? Math.min(3_600, 60 + quiet) : Math.min(60, 1 + quiet);
}
