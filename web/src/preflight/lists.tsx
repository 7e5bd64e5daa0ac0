import type { Preflight } from '../api/types.js';
import { Copy } from '../ui/controls/copy.js';
import { Glyph } from '../ui/status/glyph.js';
import { Card } from '../ui/screen/screen.js';
import { Status } from '../ui/status/status.js';
import { Table } from '../ui/table/table.js';
import { plural, whole } from '../words/numbers.js';
import { capital, inWords } from '../words/statuses.js';
import styles from './screen.module.css';
import { estimate } from './words.js';

/** What cannot be made, why, and what to do about it. */
export function Problems({ found: { parts }, part }: { found: Preflight; part: string }) {
  const { problems, impossible, to_make: toMake } = parts;
  if (problems.length === 0)
    return (
      <Card title={`${capital(part)}s`}>
        <p className="muted">
          {toMake === 0 ? `No ${part} is left to create.` : `All ${plural(toMake, part)} can be created.`}
        </p>
      </Card>
    );
  return (
    <Card title={`${plural(impossible, part)} cannot be created`} flush>
      <ul>
        {problems.map(({ unit, part: each, reason, next_step: next }) => (
          <li key={`${unit} ${each ?? ''} ${reason}`} className={styles.item}>
            <Glyph tone="failed" />
            <div>
              <p className={styles.where}>{each === null ? unit : `${each}, ${unit}`}</p>
              <p>{reason}</p>
              <p className="muted">
                <strong>Next:</strong> {next}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {impossible > problems.length && (
        <p className={styles.more}>The first {whole(problems.length)} are listed.</p>
      )}
    </Card>
  );
}

/** The sampled records that would not be taken, by reason. */
export function Quarantine({ found: { quarantine, sample } }: { found: Preflight }) {
  const { records, reasons } = quarantine;
  if (records === 0)
    return (
      <Card title="Quarantine">
        <p className="muted">None of the {plural(sample.records, 'sampled record')} would be quarantined.</p>
      </Card>
    );
  return (
    <Card title={`${plural(records, 'sampled record')} would be quarantined`} flush>
      <ul>
        {reasons.map(({ table, reason, records: count, next_step: next, examples }) => (
          <li key={`${table} ${reason}`} className={styles.item}>
            <Glyph tone="paused" />
            <div>
              <p className={styles.where}>
                {plural(count, table.replace(/s$/, ''), table)}: {reason}
              </p>
              <p className="muted">
                <strong>Next:</strong> {next}
              </p>
              {examples[0] !== undefined && (
                <p className={styles.example}>
                  For example <Copy text={examples[0]} label="Copy the key" />
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** How much each unit has left. */
export function Units({ found: { units }, name }: { found: Preflight; name: string }) {
  if (units.listed.length === 0) return undefined;
  const stages = [
    ...new Set(units.listed.flatMap(({ records }) => (records ?? []).map(({ stage }) => stage))),
  ];
  return (
    <Card title={capital(name)} flush>
      <Table
        label={capital(name)}
        heads={[
          'Name',
          'Status',
          'Phases',
          ...stages.map((stage) => ({ head: capital(stage), end: true as const })),
        ]}
        rows={units.listed.map(({ unit, name: title, status, phases, records }) => [
          title ?? unit,
          <Status key="status" status={status} />,
          phases.map(inWords).join(', '),
          ...stages.map((stage) => {
            const of = records?.find((each) => each.stage === stage);
            return of === undefined ? 'not sampled' : estimate(of);
          }),
        ])}
        empty="None is left."
      />
      {units.total > units.listed.length && (
        <p className={styles.more}>The first {whole(units.listed.length)} are listed.</p>
      )}
    </Card>
  );
}
