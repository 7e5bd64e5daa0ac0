import type { Clock } from '../../../domain/engine/clock.js';
import type { Seconds } from '../../../domain/engine/time-left.js';
import type { StatusCount } from '../../../gateways/store/migrations/status-counts.js';
import type { ApiKind, Standing } from '../kind.js';
import { type RunningWork, totalPace } from './running-work.js';
import { SharedAnswer } from './shared-answer.js';

export interface Summary {
  readonly running: number;
  readonly waiting: number;
  readonly failed: number;
  readonly done_today: number;
  readonly paused: number;
  readonly rate: number;
  readonly seconds_left: Seconds | null;
  readonly by_status: readonly { readonly kind: string; readonly status: string; readonly count: number }[];
}

export interface SummariesOptions {
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  readonly kinds: readonly ApiKind[];
  readonly work: RunningWork;
  /** Counts the migrations in each status, and those that have changed since then. */
  readonly count: (since: Date) => Promise<readonly StatusCount[]>;
}

/** Counts are as old as this at most, also if no change was announced: the day ends, and announcements may be lost. */
const COUNTED_FOR_MS = 30_000;
/** The pace at which counts follow changes. */
const COUNT_EVERY_MS = 2_000;

/** Sums up all migrations. Counts are read again after a change and shared by all who ask. */
export class Summaries {
  readonly #counts: SharedAnswer<readonly StatusCount[]>;
  #changed = false;

  constructor(private readonly options: SummariesOptions) {
    this.#counts = new SharedAnswer(options.clock, () => this.#count());
  }

  /** Announces that a status has changed. */
  changed(): void {
    this.#changed = true;
  }

  /** Throws StoreUnavailable. */
  async read(): Promise<Summary> {
    const { work } = this.options;
    const [counts, paces] = await Promise.all([
      this.#counts.get(this.#changed ? COUNT_EVERY_MS : COUNTED_FOR_MS),
      work.look(),
    ]);
    const { rate, secondsLeft } = totalPace(paces.values());
    const total = (standing: Standing, of: (count: StatusCount) => number) =>
      counts
        .filter(({ kind, status }) => this.#standing(kind, status) === standing)
        .reduce((all, count) => all + of(count), 0);
    const paused = (standing: Standing) => total(standing, (count) => count.paused);
    return {
      running: total('running', ({ count }) => count) - paused('running'),
      // What was never started waits for nothing.
      waiting: total('waiting', ({ started }) => started) - paused('waiting'),
      failed: total('failed', ({ count }) => count),
      done_today: total('done', ({ changed }) => changed),
      paused: paused('running') + paused('waiting') + paused('failed'),
      rate,
      seconds_left: secondsLeft,
      by_status: counts.map(({ kind, status, count }) => ({ kind, status, count })),
    };
  }

  #standing(name: string, status: string): Standing | undefined {
    return this.options.kinds.find((kind) => kind.name === name)?.standing(status);
  }

  #count(): Promise<readonly StatusCount[]> {
    this.#changed = false;
    const midnight = new Date(this.options.clock.now());
    midnight.setUTCHours(0, 0, 0, 0);
    return this.options.count(midnight);
  }
}
