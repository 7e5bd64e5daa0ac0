import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Hourglass } from 'lucide-react';
import type { Wave as WaveView } from '../api/types.js';
import { useMay } from '../app/session.js';
import { useNow } from '../live/now.js';
import { Age } from '../ui/status/age.js';
import { Crumbs } from '../ui/screen/crumbs.js';
import waiting from '../ui/status/explanation.module.css';
import styles from '../ui/status/overall.module.css';
import { ScreenHead } from '../ui/screen/screen.js';
import { Unread } from '../ui/screen/states.js';
import { Status } from '../ui/status/status.js';
import { waveQuery } from '../waves/queries.js';
import { WaveBar } from '../waves/wave-bar.js';
import { percent, whole } from '../words/numbers.js';
import { clockTime } from '../words/times.js';
import { Members } from './members.js';
import { WaveSteering } from './steering.js';

const route = getRouteApi('/waves/$wave');

/** One wave: why it waits, how far it is, by which rules, and what it starts. */
export function Wave() {
  const { wave: id } = route.useParams();
  const { data: wave, error, refetch } = useQuery(waveQuery(id));
  const { steer } = useMay();
  const crumbs = (
    <Crumbs
      above={[
        <Link key="all" to="/waves">
          Waves
        </Link>,
      ]}
    >
      Wave {id}
    </Crumbs>
  );
  if (wave === undefined) {
    const missing = { title: 'There is no such wave', action: <Link to="/waves">All waves</Link> };
    return (
      <>
        <ScreenHead title={`Wave ${id}`} before={crumbs} />
        <Unread what="The wave" error={error} onRetry={() => void refetch()} lines={9} missing={missing} />
      </>
    );
  }
  return (
    <>
      <ScreenHead
        title={wave.key}
        before={crumbs}
        beside={<Status status={wave.state} pill />}
        actions={steer && <WaveSteering wave={wave} />}
      />
      {wave.waiting !== null && (
        <section className={waiting.explanation} data-waiting aria-label="Why is it waiting?">
          <Hourglass size={16} aria-hidden />
          <p className={waiting.sentence}>{wave.waiting}</p>
        </section>
      )}
      <Rules wave={wave} />
      <Members wave={wave} />
    </>
  );
}

function Rules({ wave }: { wave: WaveView }) {
  const { counts, at_once: most, window, opens_at: opens, stop_percent: stop, created_by: by } = wave;
  const now = useNow();
  const ended = counts.total - counts.waiting - counts.running;
  return (
    <section className={styles.overall} aria-label="Progress">
      <div className={styles.bar}>
        <p className={styles.percent}>{percent(ended / counts.total)}</p>
        <WaveBar wave={wave} thick />
      </div>
      <dl className={styles.figures}>
        <div>
          <dt>At once</dt>
          <dd>
            {whole(counts.running)} <small>of at most {whole(most)}</small>
          </dd>
        </div>
        <div>
          <dt>Window</dt>
          <dd>
            {window ?? 'Always'}
            {opens !== null && <small> opens {clockTime(opens, now)}</small>}
          </dd>
        </div>
        <div>
          <dt>Stops</dt>
          <dd>{stop === null ? 'Never automatically' : `Above ${stop} % failed`}</dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Age at={wave.created_at} /> <small>by {by}</small>
          </dd>
        </div>
      </dl>
    </section>
  );
}
