import type { ComponentProps } from 'react';
import { cx } from '../../words/cx.js';
import styles from './button.module.css';

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: 'plain' | 'main' | 'danger' | 'quiet';
  readonly size?: 'normal' | 'small';
  /** What it has started is under way. */
  readonly busy?: boolean;
}

export function Button({
  look = 'plain',
  size = 'normal',
  busy = false,
  type = 'button',
  className,
  disabled,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={cx(styles.button, styles[look], size === 'small' && styles.small, className)}
      disabled={disabled === true || busy}
      aria-busy={busy}
      {...rest}
    >
      {children}
    </button>
  );
}

/** The style of a button, for links. */
export const buttonLink = cx(styles.button, styles.plain);
export const smallButtonLink = cx(styles.button, styles.plain, styles.small);
