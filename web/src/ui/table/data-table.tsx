import { tableFeatures, useTable, type ColumnDef } from '@tanstack/react-table';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { cx } from '../../words/cx.js';
import styles from './data-table.module.css';

export interface Column<Row> {
  readonly id: string;
  readonly head: string;
  /** The track of the grid where rows are rows. */
  readonly track: string;
  readonly end?: boolean;
  readonly cell: (row: Row) => ReactNode;
  /** Where rows are cards: the first line, without its name, or not at all. */
  readonly card?: 'first' | 'bare' | 'none';
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  readonly rowHeight: number;
  readonly hasMore: boolean;
  readonly onMore: () => void;
}

const features = tableFeatures({});
/** Rows before the end at which the next page is read. */
const AHEAD = 20;

/** Rows of which only those in view exist; cards on narrow screens. The page itself scrolls. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowId, rowHeight, hasMore, onMore } = props;
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const definitions = useMemo(
    () =>
      columns.map(({ id, head, cell }): ColumnDef<typeof features, Row> => ({
        id,
        header: head,
        cell: ({ row }) => cell(row.original),
      })),
    [columns],
  );
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({ features, data, columns: definitions, getRowId: rowId });
  const tracks = columns.map(({ track }) => track).join(' ');

  const body = useRef<HTMLDivElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => setScrollMargin(body.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    getItemKey: (index) => (rows[index] === undefined ? index : rowId(rows[index])),
    overscan: 8,
    scrollMargin,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - AHEAD) onMore();
  }, [hasMore, last, rows.length, onMore]);

  const modelRows = table.getRowModel().rows;
  return (
    <div
      className={styles.table}
      role="table"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={styles.row} style={{ gridTemplateColumns: tracks }}>
          {columns.map(({ id, head, end }) => (
            <div key={id} role="columnheader" className={cx(styles.cell, end && styles.end)}>
              {head}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={body} className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => (
          <div
            key={item.key}
            role="row"
            aria-rowindex={item.index + 2}
            data-index={item.index}
            ref={virtual.measureElement}
            className={cx(styles.row, styles.item)}
            style={{ gridTemplateColumns: tracks, translate: `0 ${item.start - scrollMargin}px` }}
          >
            {modelRows[item.index]?.getAllCells().map((cell) => {
              const { head, end, card } = byId.get(cell.column.id) ?? {};
              return (
                <div
                  key={cell.id}
                  role="cell"
                  className={cx(styles.cell, end && styles.end)}
                  data-head={head}
                  data-card={card}
                >
                  <table.FlexRender cell={cell} />
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
