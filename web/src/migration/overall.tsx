import type { ListedMigration } from '../api/types.js';
import { webKind } from '../kinds.js';
import { useNow } from '../live/now.js';
import { Progress } from '../ui/progress.js';
import { percent, rate, share, whole } from '../words/numbers.js';
import { toneOf } from '../words/statuses.js';
import { expectedEnd, range } from '../words/times.js';
import styles from './overall.module.css';

/** How far the whole migration is, how fast it goes, and when it will end. */
export function Overall({ row }: { row: ListedMigration }) {
  const { kind, name, status, paused, progress, rate: perSecond, seconds_left: left } = row;
  const now = useNow();
  const tone = paused === null ? toneOf(status) : 'paused';
  const ended = tone === 'done';
  const part = share(progress, ended);
  const { items } = webKind(kind);
  return (
    <section className={styles.overall} aria-label="Progress">
      <div className={styles.bar}>
        <p className={styles.percent}>{percent(part)}</p>
        <Progress part={part} tone={tone} label={`Progress of ${name}`} thick />
      </div>
      <dl className={styles.figures}>
        <div>
          <dt>{ended ? `${items} migrated` : `${items} done`}</dt>
          <dd>
            {whole(progress.done)}
            {!ended && <small> of about {whole(progress.planned)}</small>}
          </dd>
        </div>
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
