import { type Clock, type Stop, timestamp } from '../../../domain/engine/clock.js';
import { writeHeldBack } from '../../../gateways/store/work/held-back.js';
import type { HeldBack, HoldReason } from '../../../gateways/store/work/held-back.js';
import type { PhaseRef } from '../../../gateways/store/work/phase-ref.js';
import type { Pace } from '../../../domain/engine/targets/pace.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import type { Pressure, PressureProbe } from '../../../gateways/store/sql/pressure.js';
import { excessOf, ShareControl } from './share.js';
import type { Budget } from './share.js';
import { WriteTurns } from './write-turns.js';

export interface GovernorOptions {
  readonly clock: Clock;
  readonly probe: Probe;
  readonly pool: Pool;
  readonly budget: Budget;
  /** The share beside others while their commits are not known to stay within the budget; default CAUTIOUS_SHARE. */
  readonly cautiousShare?: number | undefined;
  readonly metrics?: GovernorMetrics | undefined;
}

export type Probe = Pick<PressureProbe, 'start' | 'stop' | 'read'>;

export interface GovernorMetrics {
  writeShare(share: number): void;
  commitSeconds(seconds: number): void;
  heldBack(reason: HoldReason | undefined): void;
}

/** The probe stops this long after the last batch. */
const IDLE_MS = 2_000;
/** Measurements are discarded after a longer time without imports. */
const STALE_MS = 60_000;
const DECIDE_EVERY_MS = 100;
/** How long an import rests when other users become active, to measure them without it. */
const FIRST_REST_MS = 400;
/** The interval for renewing `held_back` in the store, before it expires. */
const REPORT_EVERY_MS = 3_000;

/**
 * Lets imports write as fast as they can until other users of the target suffer, then reduces their share and reports it. One for each target of a
 * worker process.
 *
 * 1. The first batch starts the probe; it stops when nothing has been written for a while.
 * 2. Ten times a second, the share of the possible write rate follows from the probe's measurements (`ShareControl`).
 * 3. While the share is below 1, the phases in progress record the reason (`held_back`); afterwards they clear it.
 */
export class Governor {
  readonly #turns: WriteTurns;
  #control: ShareControl;
  #stoppedAt = 0;
  readonly #phases = new Map<string, { readonly phase: PhaseRef; lanes: number }>();
  #watching: Stop | undefined;
  #heldBack: HeldBack | undefined;
  #reportedAt = 0;
  #reporting: Promise<void> = Promise.resolve();

  constructor(private readonly options: GovernorOptions) {
    this.#turns = new WriteTurns(options.clock);
    this.#control = this.#newControl();
    this.#turns.share = this.#control.share;
  }

  /** Waits for a turn to write; rejects with the signal's reason if the lane stops first. */
  readonly takingTurns = <T>(write: (pace?: Pace) => Promise<T>, signal: AbortSignal): Promise<T> => {
    if (this.#watching === undefined) this.#watch();
    return this.#turns.take(write, signal);
  };

  get share(): number {
    return this.#turns.share;
  }

  #newControl(): ShareControl {
    return new ShareControl(this.options.budget, this.options.cautiousShare);
  }

  /** Attributes what is written during `work` to this phase. */
  async during<T>(phase: PhaseRef, work: () => Promise<T>): Promise<T> {
    const key = [phase.unitId, phase.pass, phase.run, phase.phase].join(' ');
    const known = this.#phases.get(key) ?? { phase, lanes: 0 };
    known.lanes += 1;
    this.#phases.set(key, known);
    if (this.#heldBack) this.#report([phase], this.#heldBack);
    try {
      return await work();
    } finally {
      known.lanes -= 1;
      if (known.lanes === 0) {
        this.#phases.delete(key);
        if (this.#heldBack) this.#report([phase], null);
      }
    }
  }

  /** Stops the probe and waits for the last report to be written. */
  async close(): Promise<void> {
    this.#stopWatching();
    await this.options.probe.stop();
    await this.#reporting;
  }

  #watch(): void {
    if (this.options.clock.elapsed() - this.#stoppedAt > STALE_MS) this.#control = this.#newControl();
    this.options.probe.start(() => this.#turns.writing);
    this.#watching = this.options.clock.every(DECIDE_EVERY_MS, () => this.#decide(), { ref: false });
  }

  /** Idle imports hold nothing back. The share is kept for the next ones. */
  #stopWatching(): void {
    this.#stoppedAt = this.options.clock.elapsed();
    this.#watching?.();
    this.#watching = undefined;
    if (this.#heldBack === undefined) return;
    this.#report(this.#working(), null);
    this.#heldBack = undefined;
    this.options.metrics?.heldBack(undefined);
  }

  #working(): PhaseRef[] {
    return [...this.#phases.values()].map(({ phase }) => phase);
  }

  #decide(): void {
    if (this.#turns.idleMs > IDLE_MS) {
      this.#stopWatching();
      void this.options.probe.stop();
      return;
    }
    const pressure = this.options.probe.read();
    const { share, begins } = this.#control.decide(pressure);
    if (begins) this.#turns.rest(FIRST_REST_MS);
    this.#turns.share = share;
    this.#explain(share, pressure);
    this.#measure(share);
  }

  #explain(share: number, pressure: Pressure): void {
    const before = this.#heldBack;
    this.#heldBack = share === 1 ? undefined : this.#why(share, pressure);
    const changed = before?.reason !== this.#heldBack?.reason;
    const now = this.options.clock.elapsed();
    const due = this.#heldBack !== undefined && now - this.#reportedAt > REPORT_EVERY_MS;
    if (!changed && !due) return;
    this.#reportedAt = now;
    this.#report(this.#working(), this.#heldBack ?? null);
  }

  /** While the share recovers, nothing exceeds its budget, so the last reason stays. Undefined before the first. */
  #why(share: number, { waitingMs = 0, lagSeconds = 0 }: Pressure): HeldBack | undefined {
    const { budget } = this.options;
    const commitMs = Math.max(this.#control.commitMs ?? 0, waitingMs);
    const reason = excessOf({ commitMs, lagSeconds }, budget) ?? this.#heldBack?.reason;
    if (reason === undefined) return undefined;
    const since = this.#heldBack?.since ?? timestamp(this.options.clock);
    return reason === 'commit-latency'
      ? { reason, since, share, measured: commitMs, budget: budget.commitMs }
      : { reason, since, share, measured: lagSeconds, budget: budget.lagSeconds };
  }

  #report(phases: readonly PhaseRef[], heldBack: HeldBack | null): void {
    if (phases.length === 0) return;
    // A report that fails is repeated, or the old one expires.
    const report = () => writeHeldBack(this.options.pool, phases, heldBack).catch(() => undefined);
    this.#reporting = this.#reporting.then(report);
  }

  #measure(share: number): void {
    const { metrics } = this.options;
    const { commitMs } = this.#control;
    metrics?.writeShare(share);
    if (commitMs !== undefined) metrics?.commitSeconds(commitMs / 1_000);
    metrics?.heldBack(this.#heldBack?.reason);
  }
}
