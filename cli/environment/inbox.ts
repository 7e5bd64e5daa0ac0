/** The variables of the kind `inbox`, which is on when CHATWOOT_DATABASE_URL is set. */

import { Type } from 'typebox';
import { Url, Whole } from './read.js';

/** Of the API and the worker. */
export const Inbox = {
  CHATWOOT_DATABASE_URL: Type.Optional(
    Url("Chatwoot's database, postgresql://user:password@host:port/database", 'postgres(ql)?'),
  ),
};

/** Of the worker. */
export const InboxWork = {
  INBOX_BATCH_SIZE: Whole('the maximum number of conversations in a batch, 1 to 500', 1, 500, 500),
  INBOX_JOURNAL_DAYS: Whole('days, 1 to 36500, for which a migration can be reversed', 1, 36_500, 90),
  CHATWOOT_COMMIT_BUDGET_MS: Whole(
    "milliseconds, 0 to 60000, that a small commit may take while others use Chatwoot's database; moves write less if it takes longer",
    0,
    60_000,
    50,
  ),
  CHATWOOT_REPLICA_LAG_BUDGET_SECONDS: Whole(
    "seconds, 0 to 86400, that a replica of Chatwoot's database may be behind before moves write less",
    0,
    86_400,
    10,
  ),
};
