import type { Preparation } from '../../../activities/engine/types.js';
import {
  type CarriedUnit,
  type MigrationProgress,
  REPORTED_UNITS,
  type UnitFailure,
  type UnitOutcome,
  type UnitState,
} from '../../../domain/engine/runs.js';
import { type CarriedPlan, packUnits, unpackUnits } from './carried-units.js';
import type { PhaseOfKind } from '../kind.js';

type Work = { -readonly [Member in keyof CarriedUnit]: CarriedUnit[Member] };

/** One run of a unit's workflow that should be started. */
export interface PlannedRun {
  readonly unit: string;
  readonly name: string | undefined;
  readonly phases: readonly string[];
  readonly own: object | undefined;
  /** This migration has already done a phase of it. */
  readonly isBegun: boolean;
}

/**
 * Decides which unit runs next. All units finish a phase before any begins the next one. A failed unit does not block the others. Finished phases
 * never run again.
 */
export class UnitPlan {
  readonly #units: Map<string, Work>;
  readonly #phaseNames: readonly string[];
  readonly #lastPhase: string;

  constructor(
    private readonly phases: readonly [PhaseOfKind, ...PhaseOfKind[]],
    carried: CarriedPlan = { units: [] },
  ) {
    this.#phaseNames = phases.map(({ name }) => name);
    this.#lastPhase = this.#phaseNames.at(-1) ?? phases[0].name;
    this.#units = new Map(unpackUnits(carried, this.#phaseNames).map(([key, unit]) => [key, { ...unit }]));
  }

  /** For the next run; only valid while nothing is running. */
  get carried(): CarriedPlan {
    return packUnits([...this.#units], this.#phaseNames);
  }

  /**
   * Plans new units as the preparation says. Plans the units in `again` anew, or drops them if the preparation no longer has them. Leaves all others
   * alone.
   */
  take(units: Preparation['units'], again: readonly string[]): void {
    const named = new Set(units.map(({ unit }) => unit));
    for (const unit of again) if (!named.has(unit)) this.#units.delete(unit);
    const anew = new Set(again);
    for (const { unit, name, phases, own } of units) {
      const known = this.#units.get(unit);
      if (known === undefined || anew.has(unit))
        this.#units.set(unit, {
          name,
          state: phases.length === 0 ? 'done' : 'waiting',
          phases,
          counts: known?.counts ?? {},
          own,
        });
      else known.name = name;
    }
  }

  /** Returns the runs that may begin now and counts them as running. A subject's only unit does all its phases in one run. */
  startNext(): readonly PlannedRun[] {
    const runs: PlannedRun[] = [];
    for (const { name, unitsAtOnce } of this.phases) {
      const free = unitsAtOnce - this.#first(unitsAtOnce, name, 'running').length;
      for (const [unit, work] of this.#first(free, name, 'waiting')) {
        work.state = 'running';
        const phases = this.#units.size === 1 ? work.phases : [name];
        const isBegun = Object.keys(work.counts).length > 0;
        runs.push({ unit, name: work.name, phases, own: work.own, isBegun });
      }
      if (this.#first(1, name, 'waiting', 'running').length > 0) break;
    }
    return runs;
  }

  /**
   * Notes that a unit's run continues with its next phase. A leftover run of an earlier migration may report this for a unit that is not planned yet.
   */
  phaseDone(unit: string, phase: string): void {
    const work = this.#units.get(unit);
    if (work?.state === 'running') work.phases = work.phases.filter((open) => open !== phase);
  }

  finished(run: PlannedRun, outcome: UnitOutcome): void {
    const work = this.#of(run.unit);
    work.phases = work.phases.filter((open) => !run.phases.includes(open));
    work.state = work.phases.length > 0 ? 'waiting' : 'done';
    work.counts = { ...work.counts, ...outcome.counts };
    work.own = outcome.own;
  }

  failed(unit: string, failure: UnitFailure): void {
    const work = this.#of(unit);
    work.state = 'failed';
    work.failure = failure;
  }

  get failures(): ReadonlyMap<string, UnitFailure> {
    return new Map(
      [...this.#units].flatMap(([unit, { state, failure }]) =>
        state === 'failed' && failure !== undefined ? [[unit, failure] as const] : [],
      ),
    );
  }

  /** Whether anything is waiting or running. */
  get isOpen(): boolean {
    return this.#first(1, undefined, 'waiting', 'running').length > 0;
  }

  /** The first phase for which a unit waits or on which it works. */
  get phase(): string {
    const isOpen = (phase: string) => this.#first(1, phase, 'waiting', 'running').length > 0;
    return this.#phaseNames.find(isOpen) ?? this.#lastPhase;
  }

  /** The unit's first phase that is not done. */
  phaseOf(unit: string): string {
    return this.#of(unit).phases[0] ?? this.#lastPhase;
  }

  get progress(): Pick<MigrationProgress, 'units' | 'states'> {
    const states = { waiting: 0, running: 0, failed: 0, done: 0 };
    for (const { state } of this.#units.values()) states[state] += 1;
    const reported =
      this.#units.size <= REPORTED_UNITS
        ? [...this.#units]
        : (['running', 'failed', 'waiting', 'done'] as const)
            .flatMap((state) => this.#first(REPORTED_UNITS, undefined, state))
            .slice(0, REPORTED_UNITS);
    const units = Object.fromEntries(
      reported.map(([unit, { name, state, phases, counts, failure }]) => [
        unit,
        {
          ...(name !== undefined && { name }),
          ...{ state, phases, counts },
          ...(failure && { failure: failure.type }),
        },
      ]),
    );
    return { units, states };
  }

  /**
   * The first units in the preparation's order, at most `limit`. Called on every change: MUST NOT copy the plan, which may have ten thousand units.
   */
  #first(limit: number, phase: string | undefined, ...states: UnitState[]): [string, Work][] {
    const found: [string, Work][] = [];
    if (limit <= 0) return found;
    for (const [unit, work] of this.#units) {
      if (!states.includes(work.state)) continue;
      if (phase !== undefined && (work.phases[0] ?? this.#lastPhase) !== phase) continue;
      if (found.push([unit, work]) === limit) break;
    }
    return found;
  }

  #of(unit: string): Work {
    const work = this.#units.get(unit);
    if (work === undefined) throw new Error(`Unit ${unit} is not in the plan.`);
    return work;
  }
}
