import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useMay } from '../app/session.js';
import type { PanelProps } from '../kinds.js';
import { Age } from '../ui/status/age.js';
import { Button } from '../ui/controls/button.js';
import { Field } from '../ui/controls/field.js';
import { Filter } from '../ui/table/filter.js';
import { Card } from '../ui/screen/screen.js';
import { Empty, Unread } from '../ui/screen/states.js';
import styles from './panels.module.css';
import { useQuarantineActions } from './quarantine-actions.js';
import { type QuarantineFilter, quarantineQuery } from './quarantine-queries.js';
import { RecordDialog } from './record-dialog.js';
import type { Choice } from './waive-dialog.js';

const STATES = [
  { value: 'false', label: 'Needs a person' },
  { value: 'true', label: 'Waived' },
] as const;

function filterOf(reason: string, waived: string): QuarantineFilter {
  return {
    ...(reason !== '' && { reason }),
    ...((waived === 'true' || waived === 'false') && { waived }),
  };
}

/** Each record, with what may be done about it. */
export function Records({ of, onWaive }: Pick<PanelProps, 'of'> & { onWaive: (choice: Choice) => void }) {
  const [reason, setReason] = useState('');
  const asked = useDeferredValue(reason.trim());
  const [waived, setWaived] = useState('');
  const query = useInfiniteQuery(quarantineQuery(of, filterOf(asked, waived)));
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const [shown, setShown] = useState<string>();
  const { steer } = useMay();
  const { retry } = useQuarantineActions(of);
  const records = data?.pages.flatMap(({ records }) => records) ?? [];
  return (
    <>
      <div className={styles.bar}>
        <Field
          label="Reason contains"
          type="search"
          value={reason}
          onChange={({ target }) => setReason(target.value)}
          placeholder="any"
        />
        <Filter name="State" value={waived || undefined} choices={STATES} onChoose={setWaived} />
      </div>
      <Card title="Records" flush>
        {data === undefined && <Unread what="The records" error={error} onRetry={() => void refetch()} />}
        {data !== undefined && records.length === 0 && <Empty title="No record has this reason" />}
        <ul className={styles.items}>
          {records.map(({ id, source_table: table, source_key: key, reason, waiver, at }) => (
            <li key={id} className={waiver === null ? undefined : styles.waived}>
              <div>
                <p>{reason}</p>
                <p className="muted">
                  {table} <code>{key}</code> · <Age at={at} />
                </p>
                {waiver !== null && (
                  <p className="muted">
                    Waived by {waiver.by}: {waiver.reason}
                  </p>
                )}
              </div>
              <span className={styles.buttons}>
                <Button size="small" onClick={() => setShown(id)}>
                  Raw form
                </Button>
                {steer && waiver === null && (
                  <>
                    <Button
                      size="small"
                      busy={retry.isPending}
                      onClick={() => retry.mutate({ records: [id] })}
                    >
                      Read again
                    </Button>
                    <Button
                      size="small"
                      onClick={() =>
                        onWaive({ what: 'this record', choice: { records: [id] }, revoke: false })
                      }
                    >
                      Waive
                    </Button>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
        {hasNextPage && (
          <p className={styles.rest}>
            <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show more
            </Button>
          </p>
        )}
      </Card>
      {shown !== undefined && <RecordDialog of={of} record={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}
