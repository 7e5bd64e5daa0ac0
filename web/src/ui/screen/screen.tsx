import { type ReactNode, useEffect } from 'react';
import styles from './screen.module.css';

interface ScreenHeadProps {
  readonly title: string;
  readonly before?: ReactNode;
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
}

/** The head of a screen; names the browser's tab too. */
export function ScreenHead({ title, before, beside, actions }: ScreenHeadProps) {
  useEffect(() => {
    document.title = `${title} · Carryover`;
  }, [title]);
  return (
    <header className={styles.head}>
      <div className={styles.words}>
        {before}
        <div className={styles.title}>
          <h1>{title}</h1>
          {beside}
        </div>
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}

interface CardProps {
  readonly title?: string;
  readonly beside?: ReactNode;
  readonly children: ReactNode;
  /** The content draws its own edges. */
  readonly flush?: boolean;
}

export function Card({ title, beside, children, flush = false }: CardProps) {
  return (
    <section className={styles.card} data-flush={flush} aria-label={title}>
      {title !== undefined && (
        <div className={styles.cardHead}>
          <h2>{title}</h2>
          {beside}
        </div>
      )}
      {children}
    </section>
  );
}
