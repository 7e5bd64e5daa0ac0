import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useMay } from '../app/session.js';
import type { PanelProps } from '../kinds.js';
import { Age } from '../ui/age.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import { Card } from '../ui/screen.js';
import { Empty, Failed, Skeleton } from '../ui/states.js';
import { plural, whole } from '../words/numbers.js';
import styles from './panels.module.css';
import { groupsQuery, quarantineQuery } from './quarantine-queries.js';
import { useQuarantineActions } from './quarantine-actions.js';
import { RecordDialog } from './record-dialog.js';
import { type Choice, WaiveDialog } from './waive-dialog.js';

/** Records that could not be imported: by root cause first, then one by one. */
export default function Quarantine({ of }: PanelProps) {
  const groups = useQuery(groupsQuery(of));
  const { steer } = useMay();
  const { retry } = useQuarantineActions(of);
  const [waiving, setWaiving] = useState<Choice>();
  if (groups.data === undefined)
    return groups.error ? (
      <Failed what="The quarantine" error={groups.error} onRetry={() => void groups.refetch()} />
    ) : (
      <Skeleton lines={6} />
    );
  if (groups.data.length === 0)
    return (
      <Empty title="No record is in quarantine">
        Records that cannot be imported are kept here with the reason.
      </Empty>
    );
  return (
    <div className={styles.panel}>
      <Card title="By cause" flush>
        <ul className={styles.items}>
          {groups.data.map(
            ({ group, reason, next_step: next, records, waived, since, source_table: table }) => (
              <li key={group}>
                <div>
                  <p>
                    <strong>{reason}</strong>
                  </p>
                  <p className="muted">{next}</p>
                  <p className="muted figures">
                    {plural(records, 'record')} of {table}
                    {waived > 0 && `, ${whole(waived)} waived`} · first <Age at={since} />
                  </p>
                </div>
                {steer && (
                  <span className={styles.buttons}>
                    <Button size="small" busy={retry.isPending} onClick={() => retry.mutate({ group })}>
                      Read again
                    </Button>
                    <Button
                      size="small"
                      onClick={() =>
                        setWaiving({
                          what: plural(records, 'record'),
                          choice: { group },
                          revoke: waived === records,
                        })
                      }
                    >
                      {waived === records ? 'Revoke waiver' : 'Waive'}
                    </Button>
                  </span>
                )}
              </li>
            ),
          )}
        </ul>
      </Card>
      <Records of={of} onWaive={setWaiving} />
      {waiving !== undefined && <WaiveDialog of={of} {...waiving} onClose={() => setWaiving(undefined)} />}
    </div>
  );
}

function Records({ of, onWaive }: Pick<PanelProps, 'of'> & { onWaive: (choice: Choice) => void }) {
  const [reason, setReason] = useState('');
  const asked = useDeferredValue(reason.trim());
  const query = useInfiniteQuery(quarantineQuery(of, asked === '' ? {} : { reason: asked }));
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
      </div>
      <Card title="Records" flush>
        {data === undefined &&
          (error ? <Failed what="The records" error={error} onRetry={() => void refetch()} /> : <Skeleton />)}
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
