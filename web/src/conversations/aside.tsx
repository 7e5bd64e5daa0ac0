import type { PanelProps } from '../kinds.js';
import { Age } from '../ui/status/age.js';
import { Card } from '../ui/screen/screen.js';
import { Status } from '../ui/status/status.js';
import { duration } from '../words/times.js';
import { plural, whole } from '../words/numbers.js';
import styles from './aside.module.css';
import { accountOf } from './view.js';

/** What happens besides the import: retries, ported numbers, and what changes at the source. */
export default function Aside({ view }: PanelProps) {
  const { retrying, ports, following, messages_refused: refused } = accountOf(view);
  return (
    <>
      {retrying.length > 0 && (
        <Card title="Retried automatically">
          <ul className={styles.list}>
            {retrying.map(({ what, message, attempt, since, brand_id: brand }) => (
              <li key={`${what} ${brand}`}>
                <p>
                  {what}
                  <span className="muted">
                    {' '}
                    · attempt {whole(attempt)}, for <Age at={since} lasting />
                  </span>
                </p>
                <p className="muted">{message}</p>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {refused.length > 0 && (
        <Card title="Refused by Temporal">
          <ul className={styles.list}>
            {refused.map(({ workflow_id: id, kind, reason, next_step: next }) => (
              <li key={`${id} ${kind}`}>
                <p>
                  {kind} of {id}: {reason}
                </p>
                <p className="muted">{next}</p>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {ports.length > 0 && (
        <Card title="Ported numbers" beside={<span className="muted figures">{whole(ports.length)}</span>}>
          <ul className={styles.list}>
            {ports.map(({ phone_number: number, channel_id: id, status, since, reason }) => (
              <li key={id} className={styles.port}>
                <span className="figures">{number}</span>
                <Status status={status} />
                <span className="muted figures">
                  <Age at={since} lasting />
                </span>
                {reason !== null && <p className="muted">{reason}</p>}
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title="Changes at the source">
        <dl className={styles.facts}>
          <dt>Followed</dt>
          <dd>
            {following.by === null
              ? 'No'
              : following.until === null
                ? `By ${following.by === 'stream' ? 'streams' : 'polling'}`
                : 'Ended'}
          </dd>
          {following.by !== null && (
            <>
              <dt>Lag</dt>
              <dd>{following.lag_seconds === null ? '–' : duration(following.lag_seconds)}</dd>
              <dt>Added, changed, removed</dt>
              <dd>
                {whole(following.added)}, {whole(following.changed)}, {whole(following.removed)}
              </dd>
              <dt>Last change</dt>
              <dd>{following.last_at === null ? '–' : <Age at={following.last_at} />}</dd>
            </>
          )}
          {following.finishing !== null && (
            <>
              <dt>{following.until === null ? 'Finishing' : 'Finished'}</dt>
              <dd>
                requested by {following.finishing.by}, <Age at={following.finishing.since} />
                {following.finishing.open_ports !== null &&
                  `, ${plural(following.finishing.open_ports, 'open port')}`}
              </dd>
            </>
          )}
        </dl>
        {following.note !== null && <p className={styles.note}>{following.note}</p>}
      </Card>
    </>
  );
}
