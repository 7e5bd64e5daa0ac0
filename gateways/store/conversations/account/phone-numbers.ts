import type { Transaction } from '../../sql/transaction.js';

/**
 * Locks numbers until the transaction ends, so that the later of two accounts that want a number sees what the earlier one did. Locks in a fixed
 * order, so that transactions with several numbers in common do not deadlock.
 */
export async function lockNumbers(tx: Transaction, numbers: readonly string[]): Promise<void> {
  await tx.run`
    SELECT pg_advisory_xact_lock(lock) FROM (
      SELECT DISTINCT hashtextextended('number ' || number, 0) AS lock FROM unnest(${[...numbers]}::text[]) AS number
      ORDER BY lock) AS locks`;
}

/**
 * Which of the numbers another account holds. A channel that existed before any migration holds its number, and so does one whose port failed. A
 * channel that is only known to exist (`pending`) does not.
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
