/** The turns of moves in verifications. */

import type { Finding, Pass } from '../../../domain/engine/verification.js';
import { INBOX } from '../../../domain/inbox/names.js';
import { addFindings, OF_TURN, type TurnRef, turnKey } from '../proof/findings.js';
import { ask } from '../sql/ask.js';
import { type Pool, type Transaction, transaction } from '../sql/transaction.js';
import type { PhaseRef } from '../work/phase-ref.js';
import { removeRun } from '../work/plans.js';

/** All that a turn reads is one phase of it. */
export function phaseOfTurn({ verificationId, unitId }: TurnRef): PhaseRef {
  return { unitId, pass: 'verify', run: verificationId, phase: 'all', digestVersion: 1 };
}

/** Starts the turn unless it has started. Returns whether it has ended, or its verification is gone. */
export async function beginTurn(pool: Pool, turn: TurnRef): Promise<{ readonly ended: boolean }> {
  await ask(
    pool,
    `INSERT INTO carryover.verification_units (verification_id, unit_id, pass, imported)
     SELECT id, $2, $3, true FROM carryover.verifications WHERE id = $1 ON CONFLICT DO NOTHING`,
    turnKey(turn),
  );
  const [row] = await ask<{ ended: boolean }>(
    pool,
    `SELECT ended_at IS NOT NULL AS ended FROM carryover.verification_units WHERE ${OF_TURN}`,
    turnKey(turn),
  );
  return { ended: row?.ended ?? true };
}

/** Ends the turn with its last findings, and removes what only it needed. A second call changes nothing. */
export async function endTurn(
  pool: Pool,
  turn: TurnRef,
  compared: object,
  findings: readonly Finding[],
): Promise<void> {
  await transaction(pool, 'end-inbox-turn', async (tx) => {
    const { rowCount } = await tx.query(
      `UPDATE carryover.verification_units SET ended_at = clock_timestamp(), compared = $4 WHERE ${OF_TURN} AND ended_at IS NULL`,
      [...turnKey(turn), JSON.stringify(compared)],
    );
    if (rowCount !== 1) return;
    await addFindings(tx, turn, findings);
    await removeRun(tx, phaseOfTurn(turn));
  });
}

export interface OpenedVerification {
  readonly running: boolean;
  readonly subject: string;
  /** The subject's migrations that the store knows. */
  readonly units: readonly string[];
}

/** Undefined if the verification was deleted. */
export async function readVerification(
  pool: Pool,
  verificationId: string,
): Promise<OpenedVerification | undefined> {
  const [row] = await ask<OpenedVerification & object>(
    pool,
    `SELECT v.state = 'running' AS running, v.subject,
       coalesce((SELECT array_agg(u.key ORDER BY u.id) FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id
         WHERE m.kind = v.kind AND m.subject = v.subject), '{}') AS units
     FROM carryover.verifications v WHERE v.id = $1 AND v.kind = $2`,
    [verificationId, INBOX],
  );
  return row;
}

/** What the verification's turns have seen, by the key of the unit. */
export async function comparedOf<Compared>(
  tx: Pick<Transaction, 'query'>,
  verificationId: string,
  pass: Pass,
): Promise<Compared[]> {
  const { rows } = await tx.query<{ compared: Compared }>(
    `SELECT compared FROM carryover.verification_units WHERE verification_id = $1 AND pass = $2 AND compared IS NOT NULL ORDER BY unit_id`,
    [verificationId, pass],
  );
  return rows.map(({ compared }) => compared);
}
