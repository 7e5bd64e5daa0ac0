import { inWords, toneOf, type Tone } from '../../words/statuses.js';
import { cx } from '../../words/cx.js';
import { Glyph } from './glyph.js';
import styles from './status.module.css';
import tones from './tones.module.css';

interface StatusProps {
  /** In the kind's own words. */
  readonly status: string;
  /** A paused migration keeps its status. */
  readonly paused?: boolean;
  readonly pill?: boolean;
}

/** A status by word, colour and shape. */
export function Status({ status, paused = false, pill = false }: StatusProps) {
  const tone: Tone = paused ? 'paused' : toneOf(status);
  return (
    <span className={cx(styles.status, tones[tone], pill && cx(styles.pill, styles[tone]))}>
      <Glyph tone={tone} />
      <span className={styles.words}>
        {paused ? `Paused, ${inWords(status).toLowerCase()}` : inWords(status)}
      </span>
    </span>
  );
}
