import { lazy } from 'react';
import { type PanelProps, webKind } from '../../kinds.js';
import styles from './overview.module.css';
import { Units } from './units.js';

const Plots = lazy(() => import('../plots/plots.js'));

export function Overview({ of, view, row }: PanelProps) {
  const { Aside } = webKind(of.kind);
  return (
    <div className={styles.overview}>
      <Units of={of} />
      <div className={styles.aside}>
        <Plots of={of} />
        {Aside && <Aside of={of} view={view} row={row} />}
      </div>
    </div>
  );
}
