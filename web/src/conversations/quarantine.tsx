import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../app/session.js';
import type { PanelProps } from '../kinds.js';
import { Age } from '../ui/status/age.js';
import { Button } from '../ui/controls/button.js';
import { Card } from '../ui/screen/screen.js';
import { Empty, Unread } from '../ui/screen/states.js';
import { plural, whole } from '../words/numbers.js';
import styles from './panels.module.css';
import { groupsQuery } from './quarantine-queries.js';
import { useQuarantineActions } from './quarantine-actions.js';
import { Records } from './quarantine-records.js';
import { type Choice, WaiveDialog } from './waive-dialog.js';

/** Records that could not be imported: by root cause first, then one by one. */
export default function Quarantine({ of }: PanelProps) {
  const groups = useQuery(groupsQuery(of));
  const { steer } = useMay();
  const { retry } = useQuarantineActions(of);
  const [waiving, setWaiving] = useState<Choice>();
  if (groups.data === undefined)
    return (
      <Unread what="The quarantine" error={groups.error} onRetry={() => void groups.refetch()} lines={6} />
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
