import { refusalIfTried } from '../../../gateways/store/conversations/following/savepoints.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import { findRefused } from '../../engine/refused.js';

/** The rows that PostgreSQL refuses on their own, with its codes. Writes nothing. */
export type RefusedAmong = <Row>(
  rows: readonly Row[],
  write: (some: readonly Row[]) => Promise<void>,
) => Promise<ReadonlyMap<Row, string>>;

/** Tries nothing, because data is hardly ever refused. If it is, the transaction fails and is repeated with `triedFirst`. */
export const nothingRefused: RefusedAmong = () => Promise.resolve(new Map());

export function triedFirst(tx: Transaction): RefusedAmong {
  return (rows, write) => findRefused(rows, (some) => refusalIfTried(tx, () => write(some)));
}
