import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ofMigration } from '../api/queries.js';
import { messageOf } from '../api/problems.js';
import type { Failure } from '../api/types.js';
import { useMay } from '../app/session.js';
import { webKind } from '../kinds.js';
import { Age } from '../ui/status/age.js';
import { Button } from '../ui/controls/button.js';
import { Copy } from '../ui/controls/copy.js';
import { Glyph } from '../ui/status/glyph.js';
import { notify } from '../ui/screen/notices.js';
import { whole } from '../words/numbers.js';
import { capital } from '../words/statuses.js';
import styles from './failure-item.module.css';

interface FailureItemProps {
  readonly kind: string;
  readonly failure: Failure;
  /** Where several migrations are listed. */
  readonly withMigration?: boolean;
}

/** What failed and why, what to do about it, and the button or the command that does it. */
export function FailureItem({ kind, failure, withMigration = false }: FailureItemProps) {
  const { key, unit, what, since, times, message, next_step: next, command } = failure;
  const { steer } = useMay();
  const client = useQueryClient();
  const remedy = steer ? webKind(kind).remedy?.(failure) : undefined;
  const { mutate, isPending } = useMutation({
    mutationFn: async () => remedy?.call(),
    async onSuccess() {
      notify('done', `${remedy?.name}: accepted for ${key}.`);
      await client.invalidateQueries({ queryKey: ofMigration({ kind, key }) });
      await client.invalidateQueries({ queryKey: ['failures'] });
    },
    onError: (error) => notify('failed', messageOf(error)),
  });
  return (
    <article className={styles.failure}>
      <Glyph tone="failed" />
      <div className={styles.words}>
        <h2>{capital(what)}</h2>
        <p className={styles.where}>
          {withMigration && (
            <Link to="/migrations/$kind/$key" params={{ kind, key }} search={{ tab: 'failures' }}>
              {key}
            </Link>
          )}
          {unit !== '' && !what.endsWith(unit) && <span>{unit}</span>}
          <span>
            <Age at={since} />
            {times > 1 && `, ${whole(times)} times`}
          </span>
        </p>
        <p className={styles.message}>{message}</p>
        <p className={styles.next}>
          <strong>Next:</strong> {next}
        </p>
        <Copy text={command} label="Copy command" block />
      </div>
      {remedy && (
        <Button size="small" busy={isPending} onClick={() => mutate()} className={styles.button}>
          {remedy.name}
        </Button>
      )}
    </article>
  );
}
