import type { Clock } from '../../../domain/engine/clock.js';
import { migrationKey } from '../../../domain/engine/migration-ref.js';
import {
  type Rates,
  type Remaining,
  type Seconds,
  lastOf,
  timeLeft,
} from '../../../domain/engine/time-left.js';
import type { OpenPhase } from '../../../gateways/store/work/open-phases.js';
import { SharedAnswer } from './shared-answer.js';

/** How fast something is imported, in records a second, and how long that takes yet. */
export interface Pace {
  readonly rate: number;
  readonly secondsLeft: Seconds | null;
}

export interface MigrationPace extends Pace {
  readonly kind: string;
  readonly key: string;
  /** The progress of its open phases. */
  readonly read: number;
  /** Of its open phases, by `phaseKey`. */
  readonly phases: ReadonlyMap<string, Pace>;
}

export interface RunningWorkOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly read: () => Promise<readonly OpenPhase[]>;
  /** The number of a kind's phases. */
  readonly phasesOf: (kind: string) => number;
}

export const IDLE: Pace = { rate: 0, secondsLeft: null };

/** A look that is younger than this is shared. */
const FRESH_MS = 1_000;
/** The longest period over which a rate is measured. */
const WINDOW_MS = 60_000;
/** Nothing was read for so long: it stands still. */
const IDLE_SECONDS = 60;

interface Sample {
  readonly at: number;
  readonly read: number;
}

export function phaseKey(unit: string, phase: string): string {
  return JSON.stringify([unit, phase]);
}

/**
 * Measures how fast all migrations are imported. One read serves all requests within a second. A rate covers the time since the oldest observation
 * of the last minute or, without one, is the average since the phase was planned.
 */
export class RunningWork {
  #samples = new Map<string, readonly Sample[]>();
  readonly #looks: SharedAnswer<ReadonlyMap<string, MigrationPace>>;

  constructor(private readonly options: RunningWorkOptions) {
    this.#looks = new SharedAnswer(options.clock, () => this.#look());
  }

  /** By `migrationKey`. Throws StoreUnavailable. */
  look(): Promise<ReadonlyMap<string, MigrationPace>> {
    return this.#looks.get(FRESH_MS);
  }

  async #look(): Promise<ReadonlyMap<string, MigrationPace>> {
    const open = await this.options.read();
    const at = this.options.clock.elapsed();
    const samples = new Map<string, readonly Sample[]>();
    const byMigration = new Map<string, (OpenPhase & Rates)[]>();
    for (const phase of open) {
      const key = migrationKey(phase);
      const sampleKey = `${key}\n${phaseKey(phase.unit, phase.phase)}`;
      const kept = (this.#samples.get(sampleKey) ?? []).filter(
        (sample) => at - sample.at <= WINDOW_MS && sample.read <= phase.read,
      );
      samples.set(sampleKey, [...kept, { at, read: phase.read }]);
      const measured = { ...phase, ...ratesOf(phase, kept[0], at) };
      byMigration.set(key, [...(byMigration.get(key) ?? []), measured]);
    }
    this.#samples = samples;
    return new Map([...byMigration].map(([key, phases]) => [key, this.#paceOf(phases)]));
  }

  #paceOf(phases: readonly (OpenPhase & Rates)[]): MigrationPace {
    const { kind, subject: key, units, phases: planned } = phases[0] as OpenPhase;
    const sum = (of: (phase: OpenPhase & Rates) => number) => phases.reduce((all, each) => all + of(each), 0);
    const rates = { recent: sum(({ recent }) => recent), average: sum(({ average }) => average) };
    // Phases that are not planned yet are an unknown amount of work.
    const isWhole = planned >= units * this.options.phasesOf(kind);
    const isKnown = isWhole && phases.every(({ high }) => high !== null);
    const left: Remaining = {
      low: sum(({ low, read }) => (low ?? read) - read),
      high: isKnown ? sum(({ high, read }) => (high ?? read) - read) : null,
    };
    return {
      kind,
      key,
      read: sum(({ read }) => read),
      rate: rounded(rates.recent),
      secondsLeft: timeLeft(left, rates),
      phases: new Map(phases.map((phase) => [phaseKey(phase.unit, phase.phase), paceOfPhase(phase)])),
    };
  }
}

/** How fast all of them are imported together, and when the last one is done. */
export function totalPace(paces: Iterable<Pace>): Pace {
  const all = [...paces];
  return {
    rate: rounded(all.reduce((total, { rate }) => total + rate, 0)),
    secondsLeft: lastOf(all.map(({ secondsLeft }) => secondsLeft)),
  };
}

function ratesOf({ read, age, idle }: OpenPhase, oldest: Sample | undefined, at: number): Rates {
  const average = age > 0 ? read / age : 0;
  if (idle === null || idle > IDLE_SECONDS) return { recent: 0, average };
  if (oldest === undefined || at - oldest.at < FRESH_MS) return { recent: average, average };
  return { recent: ((read - oldest.read) * 1_000) / (at - oldest.at), average };
}

function paceOfPhase({ low, high, read, recent, average }: OpenPhase & Rates): Pace {
  const left = { low: (low ?? read) - read, high: high === null ? null : high - read };
  return { rate: rounded(recent), secondsLeft: timeLeft(left, { recent, average }) };
}

function rounded(rate: number): number {
  return Math.round(rate * 10) / 10;
}
