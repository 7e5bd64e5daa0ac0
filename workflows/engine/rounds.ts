/** The loop for all work in rounds: importing, verifying, fetching, retrying, removing. */

import { condition } from '@temporalio/workflow';

/** A round's report on the whole work, at the moment it ended. */
export interface Round {
  /** No further round is needed. */
  readonly finished: boolean;
  /** The round ended early because the store says that the migration is paused or cancelled. */
  readonly halted?: boolean;
  /** Differs from the previous round's value if this round made progress. */
  readonly progress: number;
}

/** Whether the work is paused. */
export interface Gate {
  readonly isPaused: boolean;
  /** Waits while the work is paused; returns whether it waited. */
  passWhenResumed(): Promise<boolean>;
}

export interface Rounds<R extends Round> {
  /** Runs one round. MUST NOT resolve or reject while any part of it still works. */
  round(previous: R | undefined): Promise<R>;
  readonly gate: Gate;
  /** The wait after a round without progress; doubles up to the longest. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** `progress` before the first round; if undefined, the first round counts as progress. */
  readonly progressBefore?: number | undefined;
  /** Increases with everything that ends a wait early. */
  changes(): number;
  /** Called before each round, to continue as new when the history is long. */
  between?(): Promise<void>;
  /** Asked after each pause or wait; false ends the work without a finished round. */
  mayContinue?(): boolean | Promise<boolean>;
  /** Ends the work after consecutive rounds without progress for this long, not counting halted ones. */
  readonly standstill?: { readonly afterMs: number; end(): undefined };
}

/** For work that cannot be paused and whose every round makes progress. */
export const UNPAUSED = {
  gate: { isPaused: false, passWhenResumed: async () => false },
  firstWaitMs: 1_000,
  longestWaitMs: 60_000,
  changes: () => 0,
} satisfies Partial<Rounds<Round>>;

/**
 * Runs rounds until one is finished:
 *
 * 1. Continues as new if the history is long, and waits while the work is paused.
 * 2. Runs a round.
 * 3. After a round that was halted or made no progress, waits twice as long each time, or until a change (a pause, a resume) that arrived since the
 *    round began.
 *
 * History grows with rounds, never with records. A round may be repeated at any time: the store knows where to continue.
 *
 * @returns the finished round; undefined if the work ended without one
 */
export async function inRounds<R extends Round>(work: Rounds<R>): Promise<R | undefined> {
  const { gate } = work;
  const idle = new IdleWatch(work);
  let last: R | undefined;
  for (;;) {
    await work.between?.();
    const hasPaused = await gate.passWhenResumed();
    if (hasPaused && !(await mayContinue(work))) return undefined;
    const changes = work.changes();
    last = await work.round(last);
    if (last.finished) return last;
    if (!idle.mustWait(last) || gate.isPaused) continue;
    if (work.standstill !== undefined && idle.standsStillFor(work.standstill.afterMs))
      return work.standstill.end();
    await condition(() => work.changes() !== changes, idle.nextWaitMs());
    if (!(await mayContinue(work))) return undefined;
  }
}

async function mayContinue<R extends Round>({ mayContinue: asked }: Rounds<R>): Promise<boolean> {
  return asked === undefined || (await asked());
}

/** Slows down consecutive rounds without progress, and ends them after a limit. */
class IdleWatch {
  #seen: number | undefined;
  #waitMs: number;
  #idleSince = Date.now();

  constructor(
    private readonly terms: Pick<Rounds<Round>, 'firstWaitMs' | 'longestWaitMs' | 'progressBefore'>,
  ) {
    this.#seen = terms.progressBefore;
    this.#waitMs = terms.firstWaitMs;
  }

  mustWait({ progress, halted = false }: Round): boolean {
    const hasMoved = progress !== this.#seen;
    this.#seen = progress;
    if (hasMoved) this.#waitMs = this.terms.firstWaitMs;
    if (hasMoved || halted) this.#idleSince = Date.now();
    return !hasMoved || halted;
  }

  standsStillFor(ms: number): boolean {
    return Date.now() - this.#idleSince > ms;
  }

  nextWaitMs(): number {
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(waitMs * 2, this.terms.longestWaitMs);
    return waitMs;
  }
}

/** Runs a round's lanes concurrently. Throws a lane's error only after all have ended, so that none still writes. */
export async function sideBySide<T>(width: number, lane: () => Promise<T>): Promise<T[]> {
  const ended = await Promise.allSettled(Array.from({ length: width }, lane));
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/** Limits how many pieces of a workflow's work run at once. */
export class Turns {
  #running = 0;

  constructor(private readonly atOnce: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    const isFree = () => this.#running < this.atOnce;
    while (!isFree()) await condition(isFree);
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}
