import { type Clock, type Stop, timestamp } from '../../domain/engine/clock.js';
import { writeHeldBack } from '../../gateways/store/work/held-back.js';
import type { HeldBack, HoldReason } from '../../gateways/store/work/held-back.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import type { Pressure, PressureProbe } from '../../gateways/store/sql/pressure.js';
import { excessOf, longCommitMs, nextShare } from './share.js';
import type { Budget } from './share.js';
import { WriteTurns } from './write-turns.js';

export interface GovernorOptions {
  readonly clock: Clock;
  readonly probe: Probe;
  readonly pool: Pool;
  readonly budget: Budget;
  readonly metrics?: GovernorMetrics | undefined;
  /** Milliseconds between two decisions; default a second. */
  readonly everyMs?: number;
}

export type Probe = Pick<PressureProbe, 'start' | 'stop' | 'read'>;

export interface GovernorMetrics {
  writeShare(share: number): void;
  commitSeconds(seconds: number): void;
  heldBack(reason: HoldReason | undefined): void;
}

/** So long after the last batch nobody is asked any more how the store does. */
const IDLE_MS = 2_000;
/** How often it is said that phases are held back; it must be said again before it expires. */
const SAY_EVERY_MS = 3_000;

/**
 * Lets an import write as fast as it can until those who use the store beside it suffer; then less, and says so. One for a worker
 * process.
 *
 * 1. The first batch starts the probe; when nothing has been written for a while it ends.
 * 2. Each second the part of what could be written follows from what the probe has measured (`nextShare`).
 * 3. While it is below 1, the phases that are worked on say why (`held_back`); at the end they say nothing again.
 */
export class Governor {
  readonly #turns: WriteTurns;
  readonly #phases = new Map<string, { readonly phase: PhaseRef; lanes: number }>();
  #watching: Stop | undefined;
  #heldBack: HeldBack | undefined;
  #saidAt = 0;
  #saying: Promise<void> = Promise.resolve();

  constructor(private readonly options: GovernorOptions) {
    this.#turns = new WriteTurns(options.clock);
  }

  /** Waits for a turn to write; rejects with the signal's reason when the lane stops before there is one. */
  readonly takingTurns = <T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    if (this.#watching === undefined) this.#watch();
    return this.#turns.take(write, signal);
  };

  get share(): number {
    return this.#turns.share;
  }

  /** What is written during `work` is written for this phase. */
  async during<T>(phase: PhaseRef, work: () => Promise<T>): Promise<T> {
    const key = [phase.unitId, phase.pass, phase.run, phase.phase].join(' ');
    const known = this.#phases.get(key) ?? { phase, lanes: 0 };
    known.lanes += 1;
    this.#phases.set(key, known);
    if (this.#heldBack) this.#say([phase], this.#heldBack);
    try {
      return await work();
    } finally {
      known.lanes -= 1;
      if (known.lanes === 0) {
        this.#phases.delete(key);
        if (this.#heldBack) this.#say([phase], null);
      }
    }
  }

  /** Ends the probe, and waits until what was said last is written. */
  async close(): Promise<void> {
    this.#rest();
    await this.options.probe.stop();
    await this.#saying;
  }

  #watch(): void {
    this.options.probe.start(() => this.#turns.isWriting);
    this.#watching = this.options.clock.every(this.options.everyMs ?? 1_000, () => this.#decide(), {
      ref: false,
    });
  }

  /** Who writes nothing holds nothing back. The share stays, for those who come next. */
  #rest(): void {
    this.#watching?.();
    this.#watching = undefined;
    if (this.#heldBack === undefined) return;
    this.#say(this.#working(), null);
    this.#heldBack = undefined;
    this.options.metrics?.heldBack(undefined);
  }

  #working(): PhaseRef[] {
    return [...this.#phases.values()].map(({ phase }) => phase);
  }

  #decide(): void {
    if (this.#turns.idleMs > IDLE_MS) {
      this.#rest();
      void this.options.probe.stop();
      return;
    }
    const pressure = this.options.probe.read();
    const share = nextShare(this.#turns.share, pressure, this.options.budget);
    this.#turns.share = share;
    this.#explain(share, pressure);
    this.#measure(share, pressure);
  }

  #explain(share: number, pressure: Pressure): void {
    const before = this.#heldBack;
    this.#heldBack = share === 1 ? undefined : this.#why(share, pressure);
    const changed = before?.reason !== this.#heldBack?.reason;
    const now = this.options.clock.elapsed();
    const due = this.#heldBack !== undefined && now - this.#saidAt > SAY_EVERY_MS;
    if (!changed && !due) return;
    this.#saidAt = now;
    this.#say(this.#working(), this.#heldBack ?? null);
  }

  /** On the way back nothing is above its budget: the reason stays what it was. */
  #why(share: number, pressure: Pressure): HeldBack {
    const { budget } = this.options;
    const reason = excessOf(pressure, budget)?.reason ?? this.#heldBack?.reason ?? 'commit-latency';
    const since = this.#heldBack?.since ?? timestamp(this.options.clock);
    return reason === 'commit-latency'
      ? { reason, since, share, measured: longCommitMs(pressure) ?? 0, budget: budget.commitMs }
      : { reason, since, share, measured: pressure.lagSeconds ?? 0, budget: budget.lagSeconds };
  }

  #say(phases: readonly PhaseRef[], heldBack: HeldBack | null): void {
    if (phases.length === 0) return;
    // What cannot be said now is said again, or expires.
    const say = () => writeHeldBack(this.options.pool, phases, heldBack).catch(() => undefined);
    this.#saying = this.#saying.then(say);
  }

  #measure(share: number, pressure: Pressure): void {
    const { metrics } = this.options;
    const commitMs = longCommitMs(pressure);
    metrics?.writeShare(share);
    if (commitMs !== undefined) metrics?.commitSeconds(commitMs / 1_000);
    metrics?.heldBack(this.#heldBack?.reason);
  }
}
