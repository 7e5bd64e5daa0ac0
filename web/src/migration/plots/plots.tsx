import { useSyncExternalStore } from 'react';
import type { MigrationRef } from '../../api/types.js';
import { webKind } from '../../kinds.js';
import { Card } from '../../ui/screen/screen.js';
import { inWords } from '../../words/statuses.js';
import { rate, short } from '../../words/numbers.js';
import { onPoint, type Point, pointsOf } from './history.js';
import { Plot } from './plot.js';
import styles from './plots.module.css';

const rateOf = ({ rate }: Point) => rate;
const backlogOf = ({ backlog }: Point) => backlog;

/** How fast it goes and how much is left, since this page was opened; the last ten minutes. */
export default function Plots({ of }: { of: MigrationRef }) {
  const points = useSyncExternalStore(onPoint, () => pointsOf(of));
  const { items } = webKind(of.kind);
  const now = points.at(-1);
  return (
    <Card title="Live" beside={<span className={styles.span}>since this page was opened</span>}>
      <div className={styles.plots}>
        <Plot
          title={`${inWords(items)} a second`}
          value={now === undefined ? '–' : rate(now.rate)}
          points={points}
          of={rateOf}
          colour="--running"
        />
        <Plot
          title={`${inWords(items)} left`}
          value={now === undefined ? '–' : short(now.backlog)}
          points={points}
          of={backlogOf}
          colour="--partial"
        />
      </div>
    </Card>
  );
}
