import type { Wave } from '../api/types.js';
import { Glyph } from '../ui/status/glyph.js';
import { cx } from '../words/cx.js';
import { whole } from '../words/numbers.js';
import styles from './wave-bar.module.css';
import { partsOf, progressOf } from './words.js';

/** How far a wave is: a part for each way in which members have ended or run, and their numbers below. */
export function WaveBar({ wave, thick = false }: { wave: Wave; thick?: boolean }) {
  const { counts } = wave;
  const parts = partsOf(counts);
  return (
    <div className={styles.wave}>
      <svg
        className={cx(styles.bar, thick && styles.thick)}
        role="img"
        aria-label={progressOf(counts)}
        width="100%"
        viewBox={`0 0 ${Math.max(1, counts.total)} 4`}
        preserveAspectRatio="none"
      >
        {parts.map(({ name, tone, count, from }) => (
          <rect key={name} className={styles[tone]} x={from} width={count} height="4" />
        ))}
      </svg>
      <p className={styles.counts} aria-hidden>
        <span>
          {whole(counts.done)} of {whole(counts.total)} done
        </span>
        {parts
          .filter(({ name, count }) => name !== 'done' && count > 0)
          .map(({ name, tone, count }) => (
            <span key={name} className={styles.count}>
              <Glyph tone={tone} size={12} /> {whole(count)} {name}
            </span>
          ))}
      </p>
    </div>
  );
}
