import { setMaxListeners } from 'node:events';
import type { Clock, Stop } from '../../domain/engine/clock.js';
import { claimSlices, phaseProgress, releaseSlices, renewLeases } from '../../gateways/store/work/slices.js';
import type { ClaimedSlice, Lane, PhaseProgress } from '../../gateways/store/work/slices.js';
import type { Pace } from '../../domain/engine/targets/pace.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { runSlice } from './slices/run-slice.js';
import type { CommittedBatch, SliceHost } from './slices/run-slice.js';
import type { CutLimits } from './slices/split.js';
import type { Stage } from './stage.js';
import { WaitingHost } from './waiting-host.js';
import { WriteTurns } from './governing/write-turns.js';

export interface LaneOptions {
  /** Concurrent slices; default: this lane's share of the process's 4. */
  readonly slicesAtOnce?: number;
  /** After this the lane stops and releases unfinished slices; default LANE_LIMIT_MS. */
  readonly timeLimitMs?: number;
  /** Maximum number of slices of a phase; default 1,024. */
  readonly maxSlices?: number;
  /** Approximate number of records in a slice that is cut off; default: about a page. */
  readonly pieceRecords?: number;
  /** The number of remaining records from which more lanes help; default 200,000. */
  readonly moreLanesFrom?: number;
}

export type TakingTurns = <T>(write: (pace?: Pace) => Promise<T>, signal: AbortSignal) => Promise<T>;

export interface LaneTask {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly phase: PhaseRef;
  readonly lane: Lane;
  /** In order: slices of a stage are written when no earlier stage has open slices. */
  readonly stages: readonly Stage[];
  /** Aborted by a cancellation or the worker's shutdown. */
  readonly signal: AbortSignal;
  /**
   * Waits for a turn to write, shared with the process's other lanes; by default up to 6 batches are written at once. May reject with the signal's
   * reason instead of writing once the lane stops.
   */
  readonly takingTurns?: TakingTurns | undefined;
  /** Sends a heartbeat after each batch. */
  beat(): void;
  /** Called with the number of records of the stage that a batch has committed. */
  onCommitted?(stage: string, records: number): void;
}

export interface LaneResult {
  readonly finished: boolean;
  readonly halted: boolean;
  readonly progress: PhaseProgress;
  /** How many lanes suit the remaining work. */
  readonly lanes: number;
}

/**
 * Four slices, each a page ahead, keep one thread busy when pages of 1 MB take 100 ms to arrive. Concurrent lanes share them: more would use memory
 * without a gain in speed.
 */
const SLICES_OF_PROCESS = 4;
const lanesOfProcess = new Set<RunningLane>();

export const LANE_LIMIT_MS = 120_000;
const MAX_LANES = 4;
const POLL_MS = 500;
const RENEW_MS = 10_000;

/**
 * Works on a phase's slices until all are done, the time is up, the migration is halted or the signal is aborted.
 *
 * 1. While fewer slices than `slicesAtOnce` are in progress, claims free ones of the first stage with open slices. When there are none left, starts
 *    one of the next stage, whose records are written once its stage is reached.
 * 2. Each slice runs independently (`runSlice`). After a cut or a finished slice the lane claims again.
 * 3. If nothing is free but other lanes have open slices, waits: those may be cut, released, or orphaned by a lane that died.
 * 4. On every way out, finishes the batches being written and releases its slices.
 *
 * Throws the error of the first slice that failed. A later call, in this or another lane, continues at the cursors.
 */
export async function runLane(task: LaneTask, options: LaneOptions = {}): Promise<LaneResult> {
  const lane = new RunningLane(task, options);
  lanesOfProcess.add(lane);
  try {
    await lane.run();
  } finally {
    lanesOfProcess.delete(lane);
    await lane.end();
  }
  return lane.result();
}

class RunningLane implements SliceHost {
  private readonly stop = new AbortController();
  private readonly running = new Map<string, { readonly stage: string; readonly work: Promise<void> }>();
  private readonly turns: TakingTurns;
  private readonly timers: Stop[] = [];
  private failure: { readonly error: unknown } | undefined;
  private halted = false;
  /** The progress that showed all slices done. */
  private finished: PhaseProgress | undefined;
  private slices = 0;
  private alone = false;
  private wake: () => void = () => undefined;
  /** The first stage with open slices, and a slice of the next stage that waits for it. */
  private stage = 0;
  private ahead: WaitingHost | undefined;
  readonly signal = this.stop.signal;

  constructor(
    private readonly task: LaneTask,
    private readonly options: LaneOptions,
  ) {
    this.turns = task.takingTurns ?? ownTurns(task.clock);
    // Every running request listens to the signal.
    setMaxListeners(0, this.signal);
    const halt = (): void => this.halt();
    if (task.signal.aborted) halt();
    else task.signal.addEventListener('abort', halt, { once: true });
    this.timers.push(task.clock.after(options.timeLimitMs ?? LANE_LIMIT_MS, halt));
    this.timers.push(task.clock.every(RENEW_MS, () => this.renewOwnLeases()));
  }

  get clock(): Clock {
    return this.task.clock;
  }

  get stopping(): boolean {
    return this.signal.aborted;
  }

  get cutLimits(): CutLimits {
    const { maxSlices = 1_024, pieceRecords } = this.options;
    return { room: Math.max(0, maxSlices - this.slices), pieceRecords };
  }

  takingTurns<T>(write: (pace?: Pace) => Promise<T>): Promise<T> {
    return this.turns(write, this.signal);
  }

  committed({ slice, stage, records, halted, cut }: CommittedBatch): void {
    this.task.beat();
    this.task.onCommitted?.(stage, records);
    if (halted) this.halted = true;
    if (cut) this.slices += cut.pieces;
    // Stops only at the cut of a planned slice without an estimate, so it happens once: the new lanes find its pieces.
    const more = cut && slice.estimate === 0 && this.alone && this.lanesFor(cut.left) > 1;
    if (halted || more) this.halt();
    this.wake();
  }

  async run(): Promise<void> {
    while (!this.stopping) {
      if (this.room <= 0) {
        await this.nextEvent();
        continue;
      }
      const progress = await this.readProgress();
      this.slices = Math.max(this.slices, progress.slices);
      this.alone = !progress.others;
      const stage = this.task.stages.findIndex(({ name }) => (progress.open[name] ?? 0) > 0);
      if (stage === -1) {
        this.finished = progress;
        return;
      }
      this.reach(stage);
      const event = this.nextEvent();
      await this.claim(progress, stage, this.room, () => this);
      if (this.room > 0 && !this.ahead)
        await this.claim(progress, stage + 1, 1, () => (this.ahead = new WaitingHost(this)));
      await this.nextEventOrPoll(event);
    }
  }

  /** Waits for the batches being written, then releases the slices. */
  async end(): Promise<void> {
    this.halt();
    for (const stop of this.timers) stop();
    await Promise.all([...this.running.values()].map(({ work }) => work));
    if (!this.finished) await releaseSlices(this.task.pool, this.task.lane).catch(() => undefined);
    if (this.failure) throw this.failure.error;
  }

  async result(): Promise<LaneResult> {
    const progress = this.finished ?? (await this.readProgress());
    return {
      finished: this.finished !== undefined,
      halted: this.halted,
      progress,
      lanes: this.lanesFor(progress.left),
    };
  }

  private get atOnce(): number {
    return this.options.slicesAtOnce ?? Math.max(1, Math.floor(SLICES_OF_PROCESS / lanesOfProcess.size));
  }

  /** How many more slices may be claimed. A waiting slice does not count. */
  private get room(): number {
    return this.atOnce - this.running.size + (this.ahead ? 1 : 0);
  }

  private halt(): void {
    this.stop.abort();
    this.wake();
  }

  private readProgress(): Promise<PhaseProgress> {
    return phaseProgress(this.task.pool, this.task.phase, this.task.lane);
  }

  private lanesFor(left: number): number {
    return Math.max(1, Math.min(MAX_LANES, Math.ceil(left / (this.options.moreLanesFrom ?? 200_000))));
  }

  /** Resolves at the next batch, end of a slice or stop. */
  private nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.stopping) resolve();
    });
  }

  private async nextEventOrPoll(event: Promise<void>): Promise<void> {
    const over = new AbortController();
    const poll = this.clock.sleep(POLL_MS, { signal: over.signal }).catch(() => undefined);
    await Promise.race([event, poll]);
    over.abort();
  }

  private reach(stage: number): void {
    if (stage === this.stage) return;
    this.stage = stage;
    this.ahead?.begin();
    this.ahead = undefined;
  }

  private async claim(
    { open }: PhaseProgress,
    at: number,
    limit: number,
    hostOf: () => SliceHost,
  ): Promise<void> {
    const { pool, phase, lane, stages } = this.task;
    const stage = stages[at];
    // Lanes started meanwhile may have reduced this lane's share.
    if (stage === undefined || limit <= 0) return;
    // Nothing to claim if this lane works on all that is open.
    const own = [...this.running.values()].filter((running) => running.stage === stage.name);
    if ((open[stage.name] ?? 0) <= own.length) return;
    const claimed = await claimSlices(pool, phase, stage.name, lane, limit);
    for (const slice of claimed)
      this.running.set(slice.id, { stage: stage.name, work: this.work(slice, stage, hostOf()) });
  }

  private async work(slice: ClaimedSlice, stage: Stage, host: SliceHost): Promise<void> {
    try {
      await runSlice(slice, stage, host);
    } catch (error) {
      // An error in a later stage counts only once that stage is reached: earlier stages come first.
      if (host instanceof WaitingHost && !(await host.isReached())) return;
      if (!this.isOwnStop(error)) this.failure ??= { error };
      this.halt();
    } finally {
      this.running.delete(slice.id);
      this.wake();
    }
  }

  /** The lane's stop aborted a read or a wait for a turn; nothing of the batch is written. */
  private isOwnStop(error: unknown): boolean {
    return this.stopping && error instanceof Error && error.name === 'AbortError';
  }

  private renewOwnLeases(): void {
    // If renewal fails the lease expires, and the batch that needs it fails.
    renewLeases(this.task.pool, this.task.lane).catch(() => undefined);
  }
}

function ownTurns(clock: Clock): TakingTurns {
  const turns = new WriteTurns(clock);
  return (write, signal) => turns.take(write, signal);
}
