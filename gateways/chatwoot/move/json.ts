import type { Transaction } from '../../store/sql/transaction.js';

/** Calls a function of the schema `carryover`. Its counts are JSON numbers, or text if it returns a single bigint. */
export async function json<Value>(tx: Transaction, call: string, values: unknown[]): Promise<Value> {
  const { rows } = await tx.query<{ value: Value }>(`SELECT carryover.${call} AS value`, values);
  return rows[0]?.value as Value;
}
