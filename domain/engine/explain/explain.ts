import { grouped } from '../grouped.js';
import { capitalized } from '../web-ui/texts.js';
import type { ExplainedMigration, OwnWait } from './facts.js';
import { counted, earliest, since } from './moments.js';
import { migrationWait } from './migration-waits.js';
import { unitWaits } from './unit-waits.js';
import { isWaiting, type Reason, type Wait } from './waits.js';

/** Why a migration waits, or that it does not. */
export interface Explanation {
  readonly waiting: boolean;
  readonly reason: Reason;
  /** One sentence for people. */
  readonly sentence: string;
  /** ISO 8601; null if unknown. */
  readonly since: string | null;
  readonly nextStep: string | null;
  /** Everything that was found; what holds back the most comes first. */
  readonly waits: readonly Wait[];
}

/**
 * 1. What holds back the migration as a whole hides what its units do.
 * 2. Units that wait for the same reason are one group. The sentence is about the group that holds back the most records. Ties go to the group with
 *    more units, then to one that waits before one that works, then to the one that has waited longest.
 * 3. A second clause says how many units are held back by something else.
 */
export function explain(migration: ExplainedMigration): Explanation {
  const whole = migrationWait(migration);
  const units = unitWaits(migration);
  const own = migration.own.outcome === 'done' ? [] : migration.own.waits.map(ownWait);
  if (whole !== undefined)
    return explanation(whole, sentenceOf([whole], migration), [whole, ...units, ...own]);
  const groups = [...grouped(units, ({ reason }) => reason).values()].toSorted(byWeight);
  const [first, ...others] = groups;
  const [wait] = first ?? [];
  if (first === undefined || wait === undefined) {
    const nothing = own[0] ?? unknownWait(migration);
    return explanation(nothing, sentenceOf([nothing], migration), own[0] ? own : [nothing]);
  }
  const stated = { ...wait, since: earliest(first.map(({ since }) => since)) };
  const besides = others.flat().filter(({ reason }) => isWaiting(reason));
  return explanation(stated, sentenceOf(first, migration, besides), [...groups.flat(), ...own]);
}

function ownWait({ what, reason, since: from, nextStep }: OwnWait): Wait {
  return { reason, unit: null, since: from, clause: `${what}${since(from)}`, nextStep, left: 0, details: {} };
}

function explanation(wait: Wait, sentence: string, waits: readonly Wait[]): Explanation {
  const { reason, since, nextStep } = wait;
  return { waiting: isWaiting(reason), reason, sentence, since, nextStep, waits };
}

function byWeight(a: readonly Wait[], b: readonly Wait[]): number {
  const left = (waits: readonly Wait[]) => waits.reduce((sum, wait) => sum + wait.left, 0);
  const works = (waits: readonly Wait[]) => Number(waits[0]?.reason === 'working');
  const began = (waits: readonly Wait[]) =>
    Date.parse(earliest(waits.map(({ since }) => since)) ?? '9999-12-31');
  return left(b) - left(a) || b.length - a.length || works(a) - works(b) || began(a) - began(b);
}

function sentenceOf(
  [wait, ...alike]: readonly Wait[],
  { words, rate, temporal, store }: ExplainedMigration,
  besides: readonly Wait[] = [],
): string {
  if (wait === undefined) return '';
  const clauses = [
    wait.reason === 'working' ? workingClause(wait, rate, words.records) : capitalized(wait.clause),
  ];
  if (alike.length > 0)
    clauses.push(`${counted(alike.length, `more ${words.unit}`, `more ${words.units}`)} likewise`);
  if (besides.length > 0)
    clauses.push(
      `${counted(besides.length, `other ${words.unit}`, `other ${words.units}`)} ${besides.length === 1 ? 'waits' : 'wait'} for something else`,
    );
  const isSure = temporal.answers || wait.reason === 'temporal-away' || store.steering.paused !== undefined;
  if (!isSure) clauses.push('Temporal does not answer now, so this is what the store knows');
  return `${clauses.join('; ')}.`;
}

function workingClause({ clause }: Wait, rate: number | null, records: string): string {
  const speed = rate === null ? '' : ` at ${rate.toLocaleString('en-US')} ${records} a second`;
  return `It does not wait: ${clause}${speed}`;
}

/** Neither the store nor Temporal shows what the migration waits for. */
function unknownWait({ temporal, words, key }: ExplainedMigration): Wait {
  const common = { unit: null, since: null, left: 0, details: {} };
  return temporal.answers
    ? {
        ...common,
        reason: 'between-steps',
        clause: `the workflow of ${words.subject} ${key} is between two steps: nothing of it runs, waits or is retried right now`,
        nextStep:
          'Ask again in a minute. If nothing has changed, look at its workflow in the Temporal Web UI.',
      }
    : {
        ...common,
        reason: 'temporal-away',
        clause: `Temporal does not answer, so nothing new of ${words.subject} ${key} begins`,
        nextStep:
          'Check the Temporal server and TEMPORAL_ADDRESS; the migration then continues automatically.',
        details: { why: temporal.why },
      };
}
