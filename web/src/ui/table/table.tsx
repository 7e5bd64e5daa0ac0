import type { ReactNode } from 'react';
import { cx } from '../../words/cx.js';
import styles from './table.module.css';

interface TableProps {
  readonly label: string;
  readonly heads: readonly (string | { readonly head: string; readonly end: true })[];
  readonly rows: readonly (readonly ReactNode[])[];
  /** What it means that there are none. */
  readonly empty: string;
}

/** A small table; on narrow screens it scrolls within the page. */
export function Table({ label, heads, rows, empty }: TableProps) {
  if (rows.length === 0) return <p className={styles.empty}>{empty}</p>;
  const ends = heads.map((head) => typeof head !== 'string');
  return (
    // What scrolls must be reached by keyboard too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} role="group" aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {heads.map((each, column) => {
              const head = typeof each === 'string' ? each : each.head;
              return (
                <th key={head} scope="col" className={cx(ends[column] && styles.end)}>
                  {head}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, column) => (
                <td key={column} className={cx(ends[column] && styles.end)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
