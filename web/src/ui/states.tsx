import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { mayPass, messageOf } from '../api/problems.js';
import { Button } from './button.js';
import { Glyph } from './glyph.js';
import styles from './states.module.css';

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** Nothing to show, why, and what to do about it. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className={styles.state}>
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

interface FailedProps {
  readonly what: string;
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** What could not be read, why, and the button that tries again. */
export function Failed({ what, error, onRetry }: FailedProps) {
  return (
    <div className={styles.state} role="alert">
      <Glyph tone="failed" size={20} />
      <h2>{what} could not be read</h2>
      <p>{messageOf(error)}</p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  );
}

/** A whole screen that failed; its code may have been replaced by a newer version. */
export function ScreenError({ error, reset }: { error: unknown; reset?: () => void }) {
  const client = useQueryClient();
  const retry = () => {
    if (!mayPass(error)) return window.location.reload();
    void client.invalidateQueries();
    reset?.();
  };
  return <Failed what="This page" error={error} onRetry={retry} />;
}

/** Grey lines in place of what is being read. */
export function Skeleton({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div className={styles.skeleton} role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={styles.line} />
      ))}
    </div>
  );
}
