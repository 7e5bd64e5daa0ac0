import { useQuery } from '@tanstack/react-query';
import { Hourglass, Activity } from 'lucide-react';
import { explanationQuery } from '../api/queries.js';
import type { ListedMigration, MigrationRef } from '../api/types.js';
import { Age } from '../ui/status/age.js';
import { toneOf } from '../words/statuses.js';
import styles from '../ui/status/explanation.module.css';

/** Of what else waits, so many are listed. */
const MOST = 4;

/** Why it is waiting, in one sentence; or that it is not. */
export function Explanation({ of, row }: { of: MigrationRef; row: ListedMigration }) {
  const { data } = useQuery(explanationQuery(of));
  if (data === undefined) return undefined;
  const { waiting, sentence, since, next_step: next, facts } = data;
  const others = facts.waits.slice(1, 1 + MOST);
  const ended = toneOf(row.status) === 'done' && !waiting;
  if (ended && row.paused === null && next === null) return undefined;
  const Icon = waiting ? Hourglass : Activity;
  return (
    <section className={styles.explanation} data-waiting={waiting} aria-label="Why is it waiting?">
      <Icon size={16} aria-hidden />
      <div>
        <p className={styles.sentence}>{sentence}</p>
        {(next !== null || (waiting && since !== null)) && (
          <p className={styles.more}>
            {next !== null && <span>{next}</span>}
            {waiting && since !== null && (
              <span>
                For <Age at={since} lasting />.
              </span>
            )}
          </p>
        )}
        {others.length > 0 && (
          <ul className={styles.others} aria-label="What else waits">
            {others.map(({ what, unit, reason }) => (
              <li key={`${reason} ${unit} ${what}`}>{unit === null ? what : `${unit}: ${what}`}</li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
