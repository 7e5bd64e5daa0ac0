import { Link } from '@tanstack/react-router';
import type { Wave } from '../api/types.js';
import { Age } from '../ui/status/age.js';
import type { Column } from '../ui/table/data-table.js';
import rowLink from '../ui/table/row-link.module.css';
import { Status } from '../ui/status/status.js';
import { whole } from '../words/numbers.js';
import styles from './screen.module.css';
import { WaveBar } from './wave-bar.js';

export const COLUMNS: readonly Column<Wave>[] = [
  {
    id: 'name',
    head: 'Wave',
    track: 'minmax(190px, 1.2fr)',
    card: 'first',
    cell: ({ id, key, created_by: by }) => (
      <>
        <Link to="/waves/$wave" params={{ wave: id }} className={rowLink.name}>
          {key}
        </Link>
        <span className={rowLink.below}>
          {id}, by {by}
        </span>
      </>
    ),
  },
  {
    id: 'state',
    head: 'State',
    track: 'minmax(180px, 1.5fr)',
    card: 'bare',
    cell: ({ state, waiting }) => (
      <span className={styles.state}>
        <Status status={state} />
        {waiting !== null && <span className={styles.waiting}>{waiting}</span>}
      </span>
    ),
  },
  {
    id: 'progress',
    head: 'Progress',
    track: 'minmax(200px, 1.5fr)',
    card: 'bare',
    cell: (wave) => <WaveBar wave={wave} />,
  },
  { id: 'most', head: 'At once', track: '64px', end: true, cell: ({ at_once: most }) => whole(most) },
  { id: 'window', head: 'Window', track: '120px', cell: ({ window }) => window ?? 'Always' },
  {
    id: 'created',
    head: 'Created',
    track: '88px',
    end: true,
    cell: ({ created_at: at }) => <Age at={at} />,
  },
];
