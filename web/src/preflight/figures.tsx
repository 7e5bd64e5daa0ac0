import type { ReactNode } from 'react';
import type { Preflight } from '../api/types.js';
import { Card } from '../ui/screen/screen.js';
import { bytes, plural, whole } from '../words/numbers.js';
import { capital } from '../words/statuses.js';
import { range } from '../words/times.js';
import styles from './screen.module.css';
import { counts, estimate, sampledOf, shareOf } from './words.js';

interface FiguresProps {
  readonly found: Preflight;
  /** What the kind calls its units, in the plural. */
  readonly units: string;
  /** What a unit consists of, in the singular. */
  readonly part: string;
}

/** Counts of the source, what they become, and the estimated time. */
export function Figures({ found, units, part }: FiguresProps) {
  const { records, bytes: size, parts, ports, quarantine, sample, time, cost } = found;
  return (
    <dl className={styles.strip} aria-label="What a start would do">
      {records.map(({ stage, ...of }) => (
        <Figure key={stage} name={capital(stage)}>
          {estimate(of)}
        </Figure>
      ))}
      <Figure name="Size">{estimate(size, bytes)}</Figure>
      <Figure name={capital(units)} below={`${whole(found.units.surveyed)} sampled`}>
        {whole(found.units.total)}
      </Figure>
      <Figure
        name={`${capital(part)}s`}
        below={`${whole(parts.made)} created${parts.impossible === 0 ? '' : `, ${whole(parts.impossible)} impossible`}`}
        bad={parts.impossible > 0}
      >
        {whole(parts.to_make)} <small>to create</small>
      </Figure>
      <Figure name="Ports" below={`${whole(ports.open)} under way, ${whole(ports.ended)} ended`}>
        {whole(ports.to_order)} <small>to order</small>
      </Figure>
      <Figure
        name="Quarantine"
        below={`of ${plural(sample.records, 'sampled record')}`}
        bad={quarantine.records > 0}
      >
        {shareOf(quarantine.records, sample.records)}
      </Figure>
      <Figure name="Time">{time.seconds === null ? 'unknown' : range(time.seconds)}</Figure>
      <Figure name="Cost">
        {cost.dollars === null ? 'unknown' : `$${cost.dollars.from}–${cost.dollars.to}`}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly below?: string;
  readonly bad?: boolean;
  readonly children: ReactNode;
}

function Figure({ name, below, bad = false, children }: FigureProps) {
  return (
    <div className={styles.figure} data-bad={bad}>
      <dt>{name}</dt>
      <dd>{children}</dd>
      {below !== undefined && <dd className={styles.below}>{below}</dd>}
    </div>
  );
}

/** On what the estimates rest. */
export function Estimates({ found: { sample, time, cost } }: { found: Preflight }) {
  return (
    <Card title="Basis of the estimates">
      <dl className={styles.facts}>
        <dt>Sample</dt>
        <dd>
          {sampledOf(sample)}, {sample.complete ? 'which is everything.' : 'not everything.'} {sample.stopped}
        </dd>
        <dt>Time</dt>
        <dd>{time.basis}</dd>
        <dt>Cost</dt>
        <dd>{cost.basis}</dd>
        <dt>Temporal actions</dt>
        <dd>{counts(cost.temporal_actions)}</dd>
        <dt>Read units</dt>
        <dd>{counts(cost.read_units)}</dd>
      </dl>
    </Card>
  );
}

export function NotLookedAt({ found: { unchecked } }: { found: Preflight }) {
  if (unchecked.length === 0) return undefined;
  return (
    <Card title="Not checked">
      <ul className={styles.unchecked}>
        {unchecked.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </Card>
  );
}
