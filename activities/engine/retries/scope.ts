import { membersOf } from '../../../domain/engine/signals.js';
import type { RetriesOf } from './retries.js';
import type { EngineActivities } from '../types.js';

/** Activities whose workflow notices the end of their retries, by their result or its own failure. */
const SIGNALLED: ReadonlySet<string> = new Set<keyof EngineActivities>([
  'prepareMigration',
  'copySlices',
  'completePhase',
]);

export const engineRetries: RetriesOf = {
  isSignalled: (activity) => SIGNALLED.has(activity),
  scopeOf(input) {
    const { kind, subject, unit, phase } = textsOf(input);
    if (kind === undefined || subject === undefined) return undefined;
    return { migration: { kind, subject }, unit: unit ?? onlyUnitOf(input), item: undefined, phase };
  },
};

/** The unit of a call for several units, if it has exactly one. */
function onlyUnitOf(input: unknown): string | undefined {
  const { units } = membersOf(input);
  if (!Array.isArray(units) || units.length !== 1) return undefined;
  const [unit]: unknown[] = units;
  return typeof unit === 'string' ? unit : undefined;
}

/** The members of an activity's input that are texts. */
export function textsOf(input: unknown): Readonly<Record<string, string | undefined>> {
  const texts = Object.entries(membersOf(input)).filter(
    (member): member is [string, string] => typeof member[1] === 'string',
  );
  return Object.fromEntries(texts);
}
