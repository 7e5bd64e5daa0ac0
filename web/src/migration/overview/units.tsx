import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { kindsQuery, unitsQuery } from '../../api/queries.js';
import type { MigrationRef, Unit, UnitPhase } from '../../api/types.js';
import { type WebKind, webKind } from '../../kinds.js';
import { Age } from '../../ui/status/age.js';
import { Button } from '../../ui/controls/button.js';
import { Progress } from '../../ui/status/progress.js';
import { Card } from '../../ui/screen/screen.js';
import { Empty, Unread } from '../../ui/screen/states.js';
import { Status } from '../../ui/status/status.js';
import { percent, plural, rate, share, whole } from '../../words/numbers.js';
import { inWords, toneOf } from '../../words/statuses.js';
import { range } from '../../words/times.js';
import styles from './units.module.css';

/** More units than this are shown on request. */
const SHOWN = 40;

/** The parts that are migrated, fail and are retried by themselves, each with its phases and what it consists of. */
export function Units({ of }: { of: MigrationRef }) {
  const { data: units, error, refetch } = useQuery(unitsQuery(of));
  const { data: kinds = [] } = useQuery(kindsQuery);
  const [all, setAll] = useState(false);
  const name = inWords(kinds.find(({ kind }) => kind === of.kind)?.units ?? 'units');
  return (
    <Card title={name} beside={units && <span className="muted figures">{whole(units.length)}</span>} flush>
      {units === undefined && (
        <Unread
          what={name}
          error={error}
          onRetry={() => void refetch()}
          lines={6}
          label={`Loading ${name}`}
        />
      )}
      {units?.length === 0 && (
        <Empty title="Not known yet">They are read from the source at the start.</Empty>
      )}
      <ul className={styles.units}>
        {(all ? units : units?.slice(0, SHOWN))?.map((unit) => (
          <UnitRow key={unit.unit} unit={unit} kind={webKind(of.kind)} />
        ))}
      </ul>
      {!all && units !== undefined && units.length > SHOWN && (
        <div className={styles.all}>
          <Button onClick={() => setAll(true)}>Show all {whole(units.length)}</Button>
        </div>
      )}
    </Card>
  );
}

function UnitRow({ unit, kind }: { unit: Unit; kind: WebKind }) {
  const [open, setOpen] = useState(false);
  const { name, status, since, phases, parts, failures } = unit;
  const id = `unit-${unit.unit}`;
  return (
    <li className={styles.unit}>
      <div className={styles.head}>
        <button
          type="button"
          className={styles.toggle}
          aria-expanded={open}
          aria-controls={id}
          disabled={parts.length === 0}
          onClick={() => setOpen(!open)}
        >
          <ChevronRight size={14} aria-hidden />
          <span className={styles.name}>{name || unit.unit}</span>
          {parts.length > 0 && <span className={styles.parts}>{plural(parts.length, kind.part)}</span>}
        </button>
        <span className={styles.state}>
          {failures > 0 && <span className={styles.failures}>{plural(failures, 'failure')}</span>}
          <Status status={status} />
          {since !== null && (
            <span className={styles.since}>
              <Age at={since} lasting />
            </span>
          )}
        </span>
      </div>
      <div className={styles.phases}>
        {phases.map((phase) => (
          <PhaseRow key={phase.phase} phase={phase} of={name} items={kind.items} />
        ))}
      </div>
      {open && (
        <ul id={id} className={styles.tree}>
          {parts.map((part) => (
            <li key={part.id}>
              <span className={styles.part}>{part.name || part.id}</span>
              <span className="muted">{inWords(part.type)}</span>
              <Status status={part.status} />
              <span className={styles.since}>{part.since !== null && <Age at={part.since} lasting />}</span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function PhaseRow({ phase, of, items }: { phase: UnitPhase; of: string; items: string }) {
  const { phase: name, status, done, planned, rate: perSecond, seconds_left: left, quarantined } = phase;
  const tone = toneOf(status);
  const ended = tone === 'done';
  const part = share(phase, ended);
  return (
    <div className={styles.phase}>
      <span className={styles.phaseName}>{inWords(name)}</span>
      <Progress part={part} tone={tone} label={`${inWords(name)} ${items} of ${of}`} />
      <span className={styles.percent}>{percent(part)}</span>
      <span className={styles.counts}>
        {whole(done)}
        {!ended && ` of ~${whole(planned)}`}
        {quarantined > 0 && <span className={styles.quarantined}> · {whole(quarantined)} quarantined</span>}
      </span>
      <span className={styles.pace}>
        {perSecond > 0 && rate(perSecond)}
        {left && ` · ${range(left)} left`}
        {perSecond <= 0 && !left && inWords(status)}
      </span>
    </div>
  );
}
