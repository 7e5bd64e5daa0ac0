/** The plan of a migration as one run hands it to the next. Temporal limits input to 2 MB, and a subject may have ten thousand units. */

import {
  type CarriedUnit,
  type ManyUnits,
  type MigrationCarried,
  REPORTED_UNITS,
} from '../../../domain/engine/runs.js';

type Units = readonly (readonly [string, CarriedUnit])[];
export type CarriedPlan = Pick<MigrationCarried, 'units' | 'many'>;

/** MUST be called while no unit is running. */
export function packUnits(units: Units, phases: readonly string[]): CarriedPlan {
  if (units.length <= REPORTED_UNITS) return { units };
  const keysOf = (isIn: (unit: CarriedUnit) => boolean) =>
    units.flatMap(([key, unit]) => (isIn(unit) ? [key] : []));
  const waiting = phases.map((phase) => [
    phase,
    keysOf((unit) => unit.state === 'waiting' && unit.phases[0] === phase),
  ]);
  const failed: ManyUnits['failed'] = units.flatMap(
    ([
      key,
      {
        state,
        phases: [phase = ''],
        failure,
      },
    ]) => (state === 'failed' && failure ? [[key, phase, failure.type, failure.since]] : []),
  );
  return {
    units: [],
    many: {
      waiting: Object.fromEntries(waiting),
      failed,
      done: keysOf(({ state }) => state === 'done'),
    },
  };
}

export function unpackUnits({ units, many }: CarriedPlan, phases: readonly string[]): Units {
  if (many === undefined) return units;
  const from = (phase: string) => (phases.includes(phase) ? phases.slice(phases.indexOf(phase)) : []);
  return [
    ...phases.flatMap((phase) =>
      (many.waiting[phase] ?? []).map(
        (key) => [key, { state: 'waiting', phases: from(phase), counts: {} }] as const,
      ),
    ),
    ...many.failed.map(
      ([key, phase, type, since]) =>
        [key, { state: 'failed', phases: from(phase), counts: {}, failure: { type, since } }] as const,
    ),
    ...many.done.map((key) => [key, { state: 'done', phases: [], counts: {} }] as const),
  ];
}
