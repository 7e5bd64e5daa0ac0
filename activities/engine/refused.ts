import { RefusedData } from '../../gateways/store/sql/transaction.js';

/**
 * Writes a batch so that a row which PostgreSQL refuses cannot hold up the others: when the data is refused, the batch is written
 * again as `without` gives it. Refusals that no row explains are thrown as they came.
 */
export async function writeAround<Batch, Result>(
  batch: Batch,
  write: (batch: Batch) => Promise<Result>,
  without: (batch: Batch) => Promise<Batch>,
): Promise<Result> {
  try {
    return await write(batch);
  } catch (error) {
    if (!(error instanceof RefusedData)) throw error;
    return write(await without(batch));
  }
}

/**
 * The rows that are refused by themselves, each with PostgreSQL's code. Halves are tried, and halves of those that are refused:
 * one row among thousands takes a dozen tries.
 */
export async function findRefused<Row>(
  rows: readonly Row[],
  refusalOf: (rows: readonly Row[]) => Promise<string | undefined>,
): Promise<Map<Row, string>> {
  if (rows.length === 0) return new Map();
  const code = await refusalOf(rows);
  if (code === undefined) return new Map();
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return new Map([[only, code]]);
  const middle = rows.length >> 1;
  return new Map([
    ...(await findRefused(rows.slice(0, middle), refusalOf)),
    ...(await findRefused(rows.slice(middle), refusalOf)),
  ]);
}
