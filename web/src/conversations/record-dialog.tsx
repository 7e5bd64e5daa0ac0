import { useQuery } from '@tanstack/react-query';
import type { MigrationRef } from '../api/types.js';
import { Button } from '../ui/controls/button.js';
import { Dialog } from '../ui/controls/dialog.js';
import { Unread } from '../ui/screen/states.js';
import styles from './panels.module.css';
import { recordQuery } from './quarantine-queries.js';

/** One record as the source has it. */
export function RecordDialog({
  of,
  record,
  onClose,
}: {
  of: MigrationRef;
  record: string;
  onClose: () => void;
}) {
  const { data, error, refetch } = useQuery(recordQuery(of, record));
  return (
    <Dialog
      title={data === undefined ? 'Record' : `Record ${data.source_key}`}
      onClose={onClose}
      wide
      actions={<Button onClick={onClose}>Close</Button>}
    >
      {data === undefined && <Unread what="The record" error={error} onRetry={() => void refetch()} />}
      {data !== undefined && (
        <>
          <p>
            <strong>{data.reason}</strong>
            {data.thread_reason !== null && ` (its thread: ${data.thread_reason})`}
          </p>
          <p>{data.next_step}</p>
          {/* What scrolls must be reached by keyboard too. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={styles.raw} tabIndex={0} role="region" aria-label="Raw form">
            {JSON.stringify(data.raw, undefined, 2)}
          </pre>
          <p>Reading the raw form is recorded in the audit.</p>
        </>
      )}
    </Dialog>
  );
}
