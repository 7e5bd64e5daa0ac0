/** Messages that Temporal refused for good, as operators see them. */

import type pg from 'pg';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import type { RefusedMessage } from '../../../domain/engine/failures/report.js';
import { ask } from '../sql/ask.js';

export interface WhichRefused {
  /** Undefined: of all migrations. */
  readonly migration?: MigrationRef;
  readonly since?: Date | undefined;
}

/** The prefix of an outcome that contains Temporal's reason. */
export const REFUSED = 'refused: ';

/** Lists refused messages, oldest first. A later message that the same workflow accepted resolves an earlier one. Throws StoreUnavailable. */
export async function refusedMessages(
  pool: Pick<pg.Pool, 'query'>,
  { migration, since }: WhichRefused = {},
): Promise<RefusedMessage[]> {
  return ask<RefusedMessage>(
    pool,
    `SELECT jsonb_build_object('kind', kind, 'subject', subject) AS migration, workflow_id AS "workflowId", signal, refused_at AS since,
       CASE WHEN starts_with(outcome, '${REFUSED}') THEN substr(outcome, ${REFUSED.length + 1}) ELSE 'No reason was recorded.' END AS reason
     FROM carryover.workflow_messages m
     WHERE refused_at IS NOT NULL AND ($1::text IS NULL OR kind = $1 AND subject = $2)
       AND ($3::timestamptz IS NULL OR refused_at >= $3)
       AND NOT EXISTS (SELECT 1 FROM carryover.workflow_messages later
         WHERE later.workflow_id = m.workflow_id AND later.id > m.id AND later.delivered_at IS NOT NULL)
     ORDER BY refused_at, id`,
    [migration?.kind ?? null, migration?.subject ?? null, since ?? null],
  );
}
