import type { Tone } from '../../words/statuses.js';
import { cx } from '../../words/cx.js';
import styles from './glyph.module.css';
import tones from './tones.module.css';

/** Each tone has its own shape, so that colour is never the only difference. */
export function Glyph({ tone, size = 14 }: { tone: Tone; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 14 14" className={tones[tone]} aria-hidden>
      {shapes[tone]}
    </svg>
  );
}

const ring = <circle cx="7" cy="7" r="5.75" className={styles.ring} />;

const shapes = {
  waiting: <circle cx="7" cy="7" r="5.75" className={cx(styles.ring, styles.dashed)} />,
  running: (
    <>
      {ring}
      <path d="M7 3.5a3.5 3.5 0 0 1 0 7z" className={styles.solid} />
    </>
  ),
  partial: (
    <>
      {ring}
      <path d="M7 3.5a3.5 3.5 0 1 1-3.5 3.5H7z" className={styles.solid} />
    </>
  ),
  done: (
    <>
      <circle cx="7" cy="7" r="6.5" className={styles.solid} />
      <path d="M4.2 7.2 6.2 9.2 9.9 5.2" className={styles.cut} />
    </>
  ),
  paused: (
    <>
      {ring}
      <path d="M5.5 4.75v4.5M8.5 4.75v4.5" className={styles.ring} />
    </>
  ),
  failed: (
    <>
      <path d="M7 .4 13.6 7 7 13.6.4 7z" className={styles.solid} />
      <path d="M7 4v3.6M7 9.8v.1" className={styles.cut} />
    </>
  ),
  stopped: (
    <>
      {ring}
      <path d="M3.2 10.8 10.8 3.2" className={styles.ring} />
    </>
  ),
} satisfies Record<Tone, unknown>;
