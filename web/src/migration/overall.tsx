import type { ListedMigration, MigrationView } from '../api/types.js';
import { webKind } from '../kinds.js';
import { useNow } from '../live/now.js';
import { Progress } from '../ui/status/progress.js';
import { cx } from '../words/cx.js';
import { percent, rate, share, whole } from '../words/numbers.js';
import { toneOf } from '../words/statuses.js';
import { expectedEnd, range } from '../words/times.js';
import styles from '../ui/status/overall.module.css';

/** How far the whole migration is, how fast it goes, and when it will end. */
export function Overall({ row, view }: { row: ListedMigration; view: MigrationView }) {
  const { kind, name, status, paused, progress, rate: perSecond, seconds_left: left } = row;
  const now = useNow();
  const tone = paused === null ? toneOf(status) : 'paused';
  const ended = tone === 'done';
  const part = share(progress, ended);
  const { items, outcome } = webKind(kind);
  const [aim, ...others] = outcome?.(view) ?? [];
  return (
    <section className={styles.overall} aria-label="Progress">
      <div className={styles.bar}>
        <p className={styles.percent}>{percent(part)}</p>
        <Progress part={part} tone={tone} label={`Progress of ${name}`} thick />
      </div>
      <dl className={styles.figures}>
        <div>
          <dt>{ended ? (aim?.what ?? `${items} migrated`) : `${items} done`}</dt>
          <dd>
            {whole(ended && aim ? aim.count : progress.done)}
            {!ended && <small> of about {whole(progress.planned)}</small>}
          </dd>
        </div>
        {others
          .filter(({ count }) => count > 0)
          .map(({ what, count, isBad = false }) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd className={cx(isBad && styles.bad)}>{whole(count)}</dd>
            </div>
          ))}
        <div>
          <dt>Rate</dt>
          <dd>{perSecond > 0 ? rate(perSecond) : '–'}</dd>
        </div>
        <div>
          <dt>Time left</dt>
          <dd>
            {left ? range(left) : '–'}
            {left && <small> until {expectedEnd(left, now)}</small>}
          </dd>
        </div>
      </dl>
    </section>
  );
}
