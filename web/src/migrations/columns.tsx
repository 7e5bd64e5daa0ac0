import { Link } from '@tanstack/react-router';
import type { ListedMigration } from '../api/types.js';
import { Age } from '../ui/status/age.js';
import { Progress } from '../ui/status/progress.js';
import type { Column } from '../ui/table/data-table.js';
import rowLink from '../ui/table/row-link.module.css';
import { Status } from '../ui/status/status.js';
import { percent, rate, share, short } from '../words/numbers.js';
import { inWords, toneOf } from '../words/statuses.js';
import { range } from '../words/times.js';
import styles from './columns.module.css';

export const COLUMNS: readonly Column<ListedMigration>[] = [
  {
    id: 'name',
    head: 'Name',
    track: 'minmax(170px, 1.5fr)',
    card: 'first',
    cell: ({ kind, key, name }) => (
      <>
        <Link to="/migrations/$kind/$key" params={{ kind, key }} className={rowLink.name}>
          {name || key}
        </Link>
        <span className={rowLink.below}>
          <code>{key}</code> {inWords(kind)}
        </span>
      </>
    ),
  },
  {
    id: 'status',
    head: 'Status',
    track: 'minmax(180px, 1.1fr)',
    card: 'bare',
    cell: ({ status, paused, needs_attention }) => (
      <span className={styles.status}>
        <Status status={status} paused={paused !== null} />
        {needs_attention && toneOf(status) !== 'failed' && (
          <span className={styles.attention}>Needs attention</span>
        )}
      </span>
    ),
  },
  { id: 'phase', head: 'Phase', track: '96px', cell: ({ phase }) => inWords(phase) },
  {
    id: 'progress',
    head: 'Progress',
    track: 'minmax(140px, 1fr)',
    card: 'bare',
    cell: ({ name, status, paused, progress }) => {
      const tone = paused === null ? toneOf(status) : 'paused';
      const ended = tone === 'done';
      const part = share(progress, ended);
      return (
        <div className={styles.progress}>
          <Progress part={part} tone={tone} label={`Progress of ${name}`} />
          <span>
            {short(progress.done)} {ended ? '' : `of ~${short(progress.planned)}`}
          </span>
          <span>{percent(part)}</span>
        </div>
      );
    },
  },
  {
    id: 'rate',
    head: 'Rate',
    track: '80px',
    end: true,
    cell: ({ rate: perSecond }) => (perSecond > 0 ? rate(perSecond) : <span className={styles.none}>–</span>),
  },
  {
    id: 'left',
    head: 'Time left',
    track: '112px',
    end: true,
    cell: ({ seconds_left: left }) => (left ? range(left) : <span className={styles.none}>–</span>),
  },
  {
    id: 'changed',
    head: 'Changed',
    track: '88px',
    end: true,
    cell: ({ changed_at: at }) => <Age at={at} />,
  },
];
