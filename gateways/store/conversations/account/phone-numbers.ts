import type { Transaction } from '../../sql/transaction.js';

/**
 * Locks numbers until the transaction ends, so that of two accounts that want one the later sees what the earlier did. Always
 * in the same order: two transactions with several numbers in common wait for each other and never in a circle.
 */
export async function lockNumbers(tx: Transaction, numbers: readonly string[]): Promise<void> {
  await tx.run`
    SELECT pg_advisory_xact_lock(lock) FROM (
      SELECT DISTINCT hashtextextended('number ' || number, 0) AS lock FROM unnest(${[...numbers]}::text[]) AS number
      ORDER BY lock) AS locks`;
}

/**
 * Which of the numbers another account holds. A channel that was here before any migration holds its number, and so does
 * one whose port has failed; one that is only known to exist (`pending`) does not yet.
 */
export async function numbersHeldByOthers(
  tx: Transaction,
  accountRowId: bigint,
  numbers: readonly string[],
): Promise<ReadonlySet<string>> {
  if (numbers.length === 0) return new Set();
  const rows = await tx.rows<{ phone_number: string }>`
    SELECT DISTINCT c.phone_number FROM channels c JOIN brands b ON b.id = c.brand_id
    WHERE c.phone_number = ANY(${[...numbers]}) AND b.account_id <> ${accountRowId}
      AND coalesce(c.migration ->> 'status', 'ready') NOT IN ('none', 'pending')`;
  return new Set(rows.map((row) => row.phone_number));
}
