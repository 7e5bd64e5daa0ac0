import { RefusedData } from '../../gateways/store/sql/transaction.js';

/**
 * Writes a batch so that a row refused by PostgreSQL does not block the others: if the data is refused, writes the batch that `without` returns.
 * Rethrows errors that are not refusals of data.
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
 * Finds the rows that PostgreSQL refuses on their own, each with its error code, by bisection: one row among thousands takes about two dozen tries.
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
