import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { kindsQuery } from '../api/queries.js';
import type { MigrationRef, Preflight as Found } from '../api/types.js';
import { useMay } from '../app/session.js';
import { webKind } from '../kinds.js';
import { Age } from '../ui/status/age.js';
import { Button } from '../ui/controls/button.js';
import { Confirm } from '../ui/controls/confirm.js';
import { Crumbs } from '../ui/screen/crumbs.js';
import explanation from '../ui/status/explanation.module.css';
import { Glyph } from '../ui/status/glyph.js';
import { notify } from '../ui/screen/notices.js';
import { ScreenHead } from '../ui/screen/screen.js';
import { Unread } from '../ui/screen/states.js';
import type { Tone } from '../words/statuses.js';
import { Estimates, Figures, NotLookedAt } from './figures.js';
import { Problems, Quarantine, Units } from './lists.js';
import { preflightQuery } from './query.js';
import styles from './screen.module.css';

const route = getRouteApi('/migrations/$kind/$key/preflight');

/** What a start would do, found out by a worker that writes nothing. */
export function Preflight() {
  const of = route.useParams();
  const { data: found, error, isFetching, refetch } = useQuery(preflightQuery(of));
  const { data: kinds = [] } = useQuery(kindsQuery);
  const units = kinds.find((each) => each.kind === of.kind)?.units ?? 'units';
  const { part } = webKind(of.kind);
  const crumbs = (
    <Crumbs
      above={[
        <Link key="all" to="/migrations">
          Migrations
        </Link>,
        <Of key="one" of={of} found={found} />,
      ]}
    >
      Preflight
    </Crumbs>
  );
  const again = () => void refetch();
  return (
    <>
      <ScreenHead
        title={`What a start of ${found?.name || of.key} would do`}
        before={crumbs}
        actions={
          found !== undefined && (
            <>
              <Button busy={isFetching} onClick={again}>
                <RefreshCw size={14} aria-hidden /> Look again
              </Button>
              <Start of={of} found={found} />
            </>
          )
        }
      />
      {isFetching && (
        <p className={styles.reading} role="status">
          A worker reads some of the source’s records. It takes up to half a minute, and writes nothing.
        </p>
      )}
      {(found === undefined || (!isFetching && error !== null)) && (
        <Unread
          what="What a start would do"
          error={isFetching ? null : error}
          onRetry={again}
          lines={9}
          label="Looking"
          missing={NOTHING_TO_START}
        />
      )}
      {found !== undefined && (
        <div className={styles.found} data-old={isFetching}>
          <Outcome found={found} />
          {found.units.total > 0 && <Figures found={found} units={units} part={part} />}
          <div className={styles.columns}>
            <div className={styles.column}>
              <Problems found={found} part={part} />
              {found.units.total > 0 && <Quarantine found={found} />}
              <Units found={found} name={units} />
            </div>
            <div className={styles.column}>
              {found.units.total > 0 && <Estimates found={found} />}
              <NotLookedAt found={found} />
            </div>
          </div>
        </div>
      )}
    </>
  );
}

/** A migration that was never started has no screen of its own. */
function Of({ of, found }: { of: MigrationRef; found: Found | undefined }) {
  if (found === undefined || found.start.outcome === 'begins') return <span>{of.key}</span>;
  return (
    <Link to="/migrations/$kind/$key" params={of}>
      {of.key}
    </Link>
  );
}

const NOTHING_TO_START = {
  title: 'There is nothing to start',
  action: <Link to="/migrations">All migrations</Link>,
};

const TONES: Readonly<Record<Found['start']['outcome'], Tone>> = {
  begins: 'waiting',
  continues: 'partial',
  runs: 'running',
  done: 'done',
  refused: 'failed',
};

function Outcome({ found: { start, at } }: { found: Found }) {
  return (
    <section className={explanation.explanation} aria-label="What a start would do">
      <span className={styles.outcome}>
        <Glyph tone={TONES[start.outcome]} size={16} />
      </span>
      <div>
        <p className={explanation.sentence}>{start.sentence}</p>
        <p className={explanation.more}>
          {start.next_step !== null && <span>{start.next_step}</span>}
          <span>
            Looked at <Age at={at} />.
          </span>
        </p>
      </div>
    </section>
  );
}

/** Starts it from here, where a start would do something. */
function Start({ of, found }: { of: MigrationRef; found: Found }) {
  const { steer } = useMay();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const start = webKind(of.kind).start;
  const { outcome, sentence } = found.start;
  if (!steer || start === undefined || (outcome !== 'begins' && outcome !== 'continues')) return undefined;
  return (
    <>
      <Button look="main" onClick={() => setAsking(true)}>
        Start
      </Button>
      {asking && (
        <Confirm
          name="Start"
          subject={found.name || of.key}
          explains={`${sentence} ${start.explains}`}
          call={async () => {
            const failure = await start.call(of.key);
            if (failure !== undefined) notify('failed', failure);
          }}
          onDone={() => navigate({ to: '/migrations/$kind/$key', params: of })}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
