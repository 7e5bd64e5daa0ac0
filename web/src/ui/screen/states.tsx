import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { isMissing, mayPass, messageOf } from '../../api/problems.js';
import { Button } from '../controls/button.js';
import { Glyph } from '../status/glyph.js';
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

interface UnreadProps extends FailedProps {
  /** How many lines the content will have. */
  readonly lines?: number;
  readonly label?: string;
  /** What a 404 says, and the way to where there is something. Without it, a 404 is an error like any other. */
  readonly missing?: { readonly title: string; readonly action: ReactNode };
}

/** What is shown instead of data that is not there yet: that it is being read, that it could not be, or that it does not exist. */
export function Unread({ what, error, onRetry, lines, label, missing }: UnreadProps) {
  if (missing !== undefined && isMissing(error))
    return (
      <Empty title={missing.title} action={missing.action}>
        {messageOf(error)}
      </Empty>
    );
  if (error) return <Failed what={what} error={error} onRetry={onRetry} />;
  return <Skeleton {...(lines !== undefined && { lines })} {...(label !== undefined && { label })} />;
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

/** Grey lines in place of content that is loading. */
export function Skeleton({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div className={styles.skeleton} role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={styles.line} />
      ))}
    </div>
  );
}
