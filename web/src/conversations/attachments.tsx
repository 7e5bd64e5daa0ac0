import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../api/client.js';
import { messageOf } from '../api/problems.js';
import { ofMigration } from '../api/queries.js';
import { useMay } from '../app/session.js';
import type { PanelProps } from '../kinds.js';
import { Age } from '../ui/status/age.js';
import { Button } from '../ui/controls/button.js';
import { notify } from '../ui/screen/notices.js';
import { Card } from '../ui/screen/screen.js';
import { Empty } from '../ui/screen/states.js';
import { plural, rate, whole } from '../words/numbers.js';
import { duration } from '../words/times.js';
import styles from './panels.module.css';
import { accountOf } from './view.js';

/** Attachments: how far they are, and those that could not be fetched. */
export default function Attachments({ of, view }: PanelProps) {
  const {
    stored,
    waiting,
    failed,
    planned,
    rate_per_second: perSecond,
    seconds_left: left,
    failures,
  } = accountOf(view).attachments;
  const { steer } = useMay();
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: (attachment?: { message_id: string; attachment_id: string }) =>
      answer(
        api.POST('/v2/migrations/{account_id}/attachments/retry', {
          params: { path: { account_id: of.key } },
          body: attachment ?? {},
        }),
      ),
    async onSuccess({ attachments }) {
      notify('done', `${plural(attachments, 'attachment')} will be fetched again.`);
      await client.invalidateQueries({ queryKey: ofMigration(of) });
    },
    onError: (error) => notify('failed', messageOf(error)),
  });
  return (
    <div className={styles.panel}>
      <dl className={styles.figures}>
        <Figure name="Stored" value={`${whole(stored)} of about ${whole(planned)}`} />
        <Figure name="Waiting" value={whole(waiting)} />
        <Figure name="Failed" value={whole(failed)} />
        <Figure name="Rate" value={perSecond === null ? '–' : rate(perSecond)} />
        <Figure name="Time left" value={left === null ? '–' : duration(left)} />
      </dl>
      {failed === 0 ? (
        <Empty title="No attachment has failed">
          Attachments whose files cannot be fetched are listed here.
        </Empty>
      ) : (
        <Card
          title="Could not be fetched"
          beside={
            steer && (
              <Button size="small" busy={retry.isPending} onClick={() => retry.mutate(undefined)}>
                Fetch all {whole(failed)} again
              </Button>
            )
          }
          flush
        >
          <ul className={styles.items}>
            {failures.map(({ message_id, attachment_id, error, since, tries, next_step: next }) => (
              <li key={`${message_id} ${attachment_id}`}>
                <div>
                  <p>
                    <code>{attachment_id}</code> <span className="muted">of message</span>{' '}
                    <code>{message_id}</code>
                  </p>
                  <p>{error}</p>
                  <p className="muted">
                    {next} · <Age at={since} />, {plural(tries, 'try', 'tries')}
                  </p>
                </div>
                {steer && (
                  <Button
                    size="small"
                    busy={retry.isPending}
                    onClick={() => retry.mutate({ message_id, attachment_id })}
                  >
                    Fetch again
                  </Button>
                )}
              </li>
            ))}
          </ul>
          {failed > failures.length && (
            <p className={styles.rest}>
              And {whole(failed - failures.length)} more: all are on the Failures tab, and are fetched with
              the others.
            </p>
          )}
        </Card>
      )}
    </div>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
