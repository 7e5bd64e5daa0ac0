import type { PanelProps } from '../kinds.js';
import { Age } from '../ui/status/age.js';
import { Progress } from '../ui/status/progress.js';
import { Card } from '../ui/screen/screen.js';
import { Empty } from '../ui/screen/states.js';
import { Status } from '../ui/status/status.js';
import { percent, rate, share, whole } from '../words/numbers.js';
import { inWords, toneOf } from '../words/statuses.js';
import { duration } from '../words/times.js';
import styles from './panels.module.css';
import { accountOf, type Verification as VerificationView } from './view.js';

/** What a comparison of the source with the store has found, record by record. */
export default function Verification({ view }: PanelProps) {
  const { verification, unequal_verification: unequal } = accountOf(view);
  if (verification === null)
    return (
      <Empty title="Not verified yet">
        Verify, under More actions, reads the source again and compares every record with the copy.
      </Empty>
    );
  return (
    <div className={styles.panel}>
      <One of={verification} />
      {unequal !== null && <One of={unequal} earlier />}
    </div>
  );
}

function One({ of, earlier = false }: { of: VerificationView; earlier?: boolean }) {
  const { state, repair, asked_by: by, asked_at: at, failure, brands } = of;
  return (
    <Card title={earlier ? 'An earlier one, still open' : 'Latest'} beside={<Status status={state} pill />}>
      <div className={styles.panel}>
        <p className="muted">
          {repair ? 'With repair, requested' : 'Requested'} by {by}, <Age at={at} />
        </p>
        {failure !== null && (
          <p role="alert">
            {failure.message} <span className="muted">{failure.next_step}</span>
          </p>
        )}
        {brands.map((brand) => (
          <Brand key={brand.brand_id} brand={brand} />
        ))}
      </div>
    </Card>
  );
}

function Brand({ brand }: { brand: VerificationView['brands'][number] }) {
  const { brand_id: id, state, progress, compared, differences } = brand;
  const part = progress === null ? 0 : share({ done: progress.read, planned: progress.planned }, false);
  return (
    <section aria-label={`Brand ${id}`} className={styles.panel}>
      <div className={styles.buttons}>
        <h3>{id}</h3>
        <Status status={state} />
      </div>
      {progress !== null && (
        <div>
          <Progress part={part} tone={toneOf(state)} label={`Verification of ${id}`} />
          <p className="muted figures">
            {percent(part)} · {whole(progress.read)} of about {whole(progress.planned)}
            {progress.rate_per_second !== null && ` · ${rate(progress.rate_per_second)}`}
            {progress.seconds_left !== null && ` · ${duration(progress.seconds_left)} left`}
          </p>
        </div>
      )}
      {compared !== null && (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Compared</th>
                <th scope="col" className={styles.number}>
                  Source
                </th>
                <th scope="col" className={styles.number}>
                  Store
                </th>
              </tr>
            </thead>
            <tbody>
              {(['messages', 'threads', 'attachments', 'quarantined_threads'] as const).map((what) => (
                <tr key={what}>
                  <th scope="row">{inWords(what)}</th>
                  <td className={styles.number}>{whole(compared.source[what])}</td>
                  <td className={styles.number}>{whole(compared.store[what])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {differences.length > 0 && (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Difference</th>
                <th scope="col" className={styles.number}>
                  Records
                </th>
                <th scope="col">Samples</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ table, difference, count, samples }) => (
                <tr key={`${table} ${difference}`}>
                  <th scope="row">
                    {inWords(table)}, {difference}
                  </th>
                  <td className={styles.number}>{whole(count)}</td>
                  <td>
                    {samples.map(({ id, key, fields }) => (
                      <p key={`${id} ${key}`}>
                        <code>{id ?? key}</code>
                        {fields.length > 0 && <span className="muted"> {fields.join(', ')}</span>}
                      </p>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
