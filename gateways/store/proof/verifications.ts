import type pg from 'pg';
import type { Failure } from '../../../domain/engine/failures.js';
import type {
  ComparedTable,
  Difference,
  Pass,
  Sample,
  VerificationState,
} from '../../../domain/engine/verification.js';
import type { CheckedPhase } from '../conversations/check/compared.js';
import { ask } from '../sql/ask.js';
import { AnotherCameFirst } from '../sql/transaction.js';
import type { Pool, Transaction } from '../sql/transaction.js';
import { supersede } from './certificates.js';

export interface RequestedVerification {
  readonly id: string;
  readonly repair: boolean;
  /** False when one was running already: it is that one. */
  readonly begun: boolean;
}

/** Writes down that the account is to be verified, unless that is under way. Within the caller's transaction. */
export async function requestVerification(
  tx: Transaction,
  accountRowId: bigint,
  { repair, by }: { readonly repair: boolean; readonly by: string },
): Promise<RequestedVerification> {
  const made = await tx.rows<{ id: bigint; repair: boolean }>`
    INSERT INTO carryover.verifications (account_id, repair, asked_by) VALUES (${accountRowId}, ${repair}, ${by})
    ON CONFLICT (account_id) WHERE state = 'running' DO NOTHING RETURNING id, repair`;
  if (made[0]) return { id: String(made[0].id), repair: made[0].repair, begun: true };
  const [running] = await tx.rows<{ id: bigint; repair: boolean }>`
    SELECT id, repair FROM carryover.verifications WHERE account_id = ${accountRowId} AND state = 'running'`;
  // It has ended since: the next attempt begins one.
  if (!running) throw new AnotherCameFirst();
  return { id: String(running.id), repair: running.repair, begun: false };
}

/** The account's verification that is under way; undefined when none is. */
export async function runningVerification(
  tx: Transaction,
  accountRowId: bigint,
): Promise<string | undefined> {
  const [running] = await tx.rows<{ id: bigint }>`
    SELECT id FROM carryover.verifications WHERE account_id = ${accountRowId} AND state = 'running'`;
  return running && String(running.id);
}

export interface OpenVerification {
  readonly running: boolean;
  readonly repair: boolean;
  /** Conversations' ids of the brands that count, in the payload's order. */
  readonly brandIds: readonly string[];
}

/** What is to be verified; nothing for one that has ended or is forgotten. */
export async function openVerification(pool: Pool, verificationId: string): Promise<OpenVerification> {
  const rows = await ask<{ state: string; repair: boolean; brand_id: string | null }>(
    pool,
    `SELECT v.state, v.repair, b.source_id AS brand_id FROM carryover.verifications v
     LEFT JOIN brands b ON b.account_id = v.account_id AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE
     WHERE v.id = $1 ORDER BY b.id`,
    [verificationId],
  );
  return {
    running: rows[0]?.state === 'running',
    repair: rows[0]?.repair ?? false,
    brandIds: rows.flatMap((row) => row.brand_id ?? []),
  };
}

/**
 * Ends a verification: failed, or as its last pass found the brands. One that has ended stays as it is. Answers how it ended;
 * undefined when it is not there any more.
 */
export async function endVerification(
  tx: Transaction,
  verificationId: string,
  failure: Failure | undefined,
): Promise<VerificationState | undefined> {
  const id = BigInt(verificationId);
  await tx.run`
    UPDATE carryover.verifications v SET ended_at = clock_timestamp(), failure = ${failure ? JSON.stringify(failure) : null}::jsonb,
      state = CASE
        WHEN ${failure !== undefined} THEN 'failed'
        WHEN EXISTS (
          SELECT FROM (SELECT DISTINCT ON (brand_id) * FROM carryover.verification_brands WHERE verification_id = v.id
            ORDER BY brand_id, pass DESC) t
          WHERE NOT t.imported OR EXISTS (
            SELECT FROM carryover.verification_differences d WHERE (d.verification_id, d.brand_id, d.pass) = (t.verification_id, t.brand_id, t.pass)
              AND d.difference <> 'new')) THEN 'unequal'
        ELSE 'equal' END
    WHERE v.id = ${id} AND v.state = 'running'`;
  // Of brands that had no turn to end.
  await tx.run`DELETE FROM carryover.verification_marks WHERE verification_id = ${id}`;
  const [found] = await tx.rows<{ state: VerificationState; accountId: string }>`
    SELECT v.state, a.source_id AS "accountId" FROM carryover.verifications v JOIN accounts a ON a.id = v.account_id
    WHERE v.id = ${id}`;
  if (found && found.state !== 'equal' && (await foundDifferences(tx, id)))
    await supersede(tx, found.accountId, 'differences-found');
  return found?.state;
}

/** In any pass: what a repair that failed has written is in no certificate. */
async function foundDifferences(tx: Transaction, verificationId: bigint): Promise<boolean> {
  const differences = await tx.rows`
    SELECT FROM carryover.verification_differences WHERE verification_id = ${verificationId} AND difference <> 'new' LIMIT 1`;
  return differences.length > 0;
}

/** Removes what an account's verifications found, as a reset does. A second call finds nothing. */
export async function forgetVerifications(tx: Transaction, accountId: string): Promise<void> {
  await tx.run`
    DELETE FROM carryover.verification_marks WHERE verification_id IN (
      SELECT v.id FROM carryover.verifications v JOIN accounts a ON a.id = v.account_id WHERE a.source_id = ${accountId})`;
  await tx.run`
    DELETE FROM carryover.verifications WHERE account_id = (SELECT id FROM accounts WHERE source_id = ${accountId})`;
}

export interface VerificationFacts {
  readonly state: VerificationState;
  readonly repair: boolean;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly endedAt: Date | null;
  readonly failure: Failure | null;
  readonly turns: readonly TurnFacts[];
}

export interface TurnFacts {
  readonly brandId: string;
  readonly beganAt: Date;
  readonly pass: Pass;
  readonly imported: boolean;
  readonly endedAt: Date | null;
  /** Records of the source that were compared so far, and how many the import has read; null once the turn has ended. */
  readonly progress: { readonly read: number; readonly planned: number } | null;
  readonly compared: CheckedPhase | null;
  readonly differences: readonly {
    readonly table: ComparedTable;
    readonly difference: Difference;
    readonly count: number;
    readonly samples: readonly Sample[];
  }[];
}

export interface Verifications {
  readonly latest: VerificationFacts;
  /** The one before it that found differences, unless a later one has ended equal. */
  readonly unequal: VerificationFacts | undefined;
}

const LATEST = `
  SELECT v.*, lead(v.id) OVER (ORDER BY v.id) IS NULL AS latest FROM carryover.verifications v JOIN accounts a ON a.id = v.account_id
  WHERE a.source_id = $1 AND (
    v.id = (SELECT max(l.id) FROM carryover.verifications l WHERE l.account_id = a.id)
    OR v.id = (SELECT max(u.id) FROM carryover.verifications u WHERE u.account_id = a.id AND u.state = 'unequal' AND NOT EXISTS (
      SELECT FROM carryover.verifications e WHERE e.account_id = a.id AND e.id > u.id AND e.state = 'equal')))`;

/** The account's verifications that still say something; undefined before the first. */
export async function readVerifications(
  pool: pg.Pool,
  accountId: string,
): Promise<Verifications | undefined> {
  const rows = await ask<Record<string, unknown>>(pool, LATEST, [accountId]);
  const facts = await Promise.all(
    rows.map(async (row) => ({
      isLatest: row['latest'] === true,
      state: row['state'] as VerificationState,
      repair: row['repair'] as boolean,
      askedBy: String(row['asked_by']),
      askedAt: row['asked_at'] as Date,
      endedAt: row['ended_at'] as Date | null,
      failure: row['failure'] as Failure | null,
      turns: await readTurns(pool, String(row['id'])),
    })),
  );
  const latest = facts.find(({ isLatest }) => isLatest);
  return latest && { latest, unequal: facts.find(({ isLatest }) => !isLatest) };
}

async function readTurns(pool: pg.Pool, verificationId: string): Promise<TurnFacts[]> {
  const rows = await ask<Record<string, unknown>>(
    pool,
    `SELECT b.source_id AS brand_id, t.pass, t.imported, t.began_at, t.ended_at, t.compared,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('table', d.source_table, 'difference', d.difference, 'count', d.count,
          'samples', d.samples) ORDER BY d.source_table, d.difference), '[]')
        FROM carryover.verification_differences d
        WHERE (d.verification_id, d.brand_id, d.pass) = (t.verification_id, t.brand_id, t.pass)) AS differences,
       s.read, s.planned
     FROM carryover.verification_brands t JOIN brands b ON b.id = t.brand_id JOIN carryover.verifications v ON v.id = t.verification_id
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(read), 0)::float8 AS read,
         (SELECT coalesce(sum(i.read) FILTER (WHERE i.stage = 'messages'), 0)
             + greatest(sum(i.read) FILTER (WHERE i.stage = 'threads' AND i.phase = 'recent'),
               sum(i.read) FILTER (WHERE i.stage = 'threads' AND i.phase = 'remaining'), 0)
           FROM carryover.tallies i WHERE i.unit_id = b.unit_id AND i.pass = 'copy')::float8 AS planned
       FROM carryover.tallies WHERE unit_id = b.unit_id AND run = t.verification_id
         AND pass = CASE WHEN v.repair AND t.pass = 1 THEN 'repair' ELSE 'verify' END
     ) s
     WHERE t.verification_id = $1 ORDER BY b.id, t.pass`,
    [verificationId],
  );
  return rows.map((row) => ({
    brandId: String(row['brand_id']),
    beganAt: row['began_at'] as Date,
    pass: row['pass'] as Pass,
    imported: row['imported'] as boolean,
    endedAt: row['ended_at'] as Date | null,
    progress:
      row['ended_at'] === null ? { read: Number(row['read']), planned: Number(row['planned']) } : null,
    compared: row['compared'] as CheckedPhase | null,
    differences: row['differences'] as TurnFacts['differences'],
  }));
}
