import { percent } from '../../words/numbers.js';
import type { Tone } from '../../words/statuses.js';
import { cx } from '../../words/cx.js';
import styles from './progress.module.css';
import tones from './tones.module.css';

interface ProgressProps {
  /** 0 to 1. */
  readonly part: number;
  readonly tone: Tone;
  readonly label: string;
  readonly thick?: boolean;
}

export function Progress({ part, tone, label, thick = false }: ProgressProps) {
  const done = Math.floor(part * 100);
  return (
    <svg
      className={cx(styles.progress, tones[tone], thick && styles.thick)}
      role="progressbar"
      aria-label={label}
      aria-valuenow={done}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={percent(part)}
      width="100%"
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
    >
      <rect width={done} height="4" />
    </svg>
  );
}
