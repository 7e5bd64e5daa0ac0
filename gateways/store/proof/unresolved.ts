import type { RecordedFailure } from '../../../domain/engine/failures/failures.js';
import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';

/** SQL: whether the verification `o` found differences, or failed, and no later one found everything equal. */
export const IS_UNRESOLVED = `
  (o.state = 'unequal' OR o.state = 'failed' AND o.failure ->> 'type' IS DISTINCT FROM 'VerificationCancelled')
  AND NOT EXISTS (SELECT FROM carryover.verifications e WHERE e.kind = o.kind AND e.subject = o.subject AND e.id > o.id AND e.state = 'equal')`;

export interface UnresolvedVerification {
  readonly subject: string;
  /** The end of the first one that is unresolved. */
  readonly since: Date;
  /** Null if differences were found. */
  readonly type: RecordedFailure['type'] | null;
}

/** Of one kind, one for each subject. Throws StoreUnavailable. */
export function unresolvedVerifications(pool: Pool, kind: string): Promise<UnresolvedVerification[]> {
  return ask<UnresolvedVerification & object>(
    pool,
    `SELECT subject, min(ended_at) AS since,
       (array_agg(failure ->> 'type' ORDER BY state = 'unequal' DESC, id DESC))[1] AS type
     FROM carryover.verifications o WHERE kind = $1 AND ${IS_UNRESOLVED} GROUP BY subject ORDER BY subject`,
    [kind],
  );
}
