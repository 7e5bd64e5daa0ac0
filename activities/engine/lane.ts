import { setMaxListeners } from 'node:events';
import type { Clock, Stop } from '../../domain/engine/clock.js';
import { claimSlices, phaseProgress, releaseSlices, renewLeases } from '../../gateways/store/work/slices.js';
import type { ClaimedSlice, Lane, PhaseProgress } from '../../gateways/store/work/slices.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { runSlice } from './run-slice.js';
import type { CommittedBatch, SliceHost } from './run-slice.js';
import type { CutLimits } from './split.js';
import type { Stage } from './stage.js';
import { WaitingHost } from './waiting-host.js';
import { WriteTurns } from './write-turns.js';

export interface LaneOptions {
  /** Slices worked on at once; default: this lane's part of the 4 of its process. */
  readonly slicesAtOnce?: number;
  /** After this the lane stops and hands back what is not done; default 2 minutes. */
  readonly timeLimitMs?: number;
  /** How many slices a phase is cut into at most; default 1,024. */
  readonly maxSlices?: number;
  /** About how many records a slice that is cut off holds; default: about a page. */
  readonly pieceRecords?: number;
  /** With so many records left more lanes are worth it; default 200,000. */
  readonly moreLanesFrom?: number;
}

export type TakingTurns = <T>(write: () => Promise<T>, signal: AbortSignal) => Promise<T>;

export interface LaneTask {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly phase: PhaseRef;
  readonly lane: Lane;
  /** In order: slices of one are worked on when none of those before it is open. */
  readonly stages: readonly Stage[];
  /** Aborted by a cancellation or the worker's shutdown. */
  readonly signal: AbortSignal;
  /**
   * Waits for a turn to write, where the lanes of a process share its connections; left out, 6 write at once. May reject with the
   * signal's reason, once the lane stops, in place of writing.
   */
  readonly takingTurns?: TakingTurns | undefined;
  /** A sign of life, after each batch. */
  beat(): void;
}

export interface LaneResult {
  readonly finished: boolean;
  readonly halted: boolean;
  readonly progress: PhaseProgress;
  /** How many lanes the rest is worth. */
  readonly lanes: number;
}

/**
 * So many, each a page ahead, keep one thread busy with pages of 1 MB that take 100 ms to come. Lanes side by side share them: more would take memory in which nothing
 * gets faster.
 */
const SLICES_OF_PROCESS = 4;
const lanesOfProcess = new Set<RunningLane>();

const MAX_LANES = 4;
const POLL_MS = 500;
const RENEW_MS = 10_000;

/**
 * Works on a phase's slices until all are done, the time is over, the migration is halted or the signal is aborted.
 *
 * 1. While fewer slices than `slicesAtOnce` are in hand, free ones of the first stage with open slices are claimed. When there are no more of
 *    them, one of the next stage is begun: what is read of it is written once its stage is reached.
 * 2. Each runs by itself (`runSlice`); a cut or an end makes the lane look for more.
 * 3. Nothing free, but slices open with other lanes: wait, since they may be cut, given back, or left by a lane that died.
 * 4. On every way out the batches being written end, and claimed slices are given back.
 *
 * Throws what the first failing slice threw. Called again, by the same or another lane, it goes on at the cursors.
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
  private readonly running = new Map<string, Promise<void>>();
  private readonly turns: TakingTurns;
  private readonly timers: Stop[] = [];
  private failure: { readonly error: unknown } | undefined;
  private halted = false;
  private finished = false;
  private slices = 0;
  private alone = false;
  private wake: () => void = () => undefined;
  /** The first with open slices, and a slice of the next that waits for it. */
  private stage = 0;
  private ahead: WaitingHost | undefined;
  readonly signal = this.stop.signal;

  constructor(
    private readonly task: LaneTask,
    private readonly options: LaneOptions,
  ) {
    this.turns = task.takingTurns ?? ownTurns(task.clock);
    // Every request under way listens.
    setMaxListeners(0, this.signal);
    const halt = (): void => this.halt();
    if (task.signal.aborted) halt();
    else task.signal.addEventListener('abort', halt, { once: true });
    this.timers.push(task.clock.after(options.timeLimitMs ?? 120_000, halt));
    this.timers.push(task.clock.every(RENEW_MS, () => this.keepLeases()));
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

  takingTurns<T>(write: () => Promise<T>): Promise<T> {
    return this.turns(write, this.signal);
  }

  committed({ slice, halted, cut }: CommittedBatch): void {
    this.task.beat();
    if (halted) this.halted = true;
    if (cut) this.slices += cut.pieces;
    // Only at the cut of a planned slice (nobody has estimated it), so that it happens once: the lanes to come find its pieces.
    const more = cut && slice.estimate === 0 && this.alone && this.lanesFor(cut.left) > 1;
    if (halted || more) this.halt();
    this.wake();
  }

  async run(): Promise<void> {
    while (!this.stopping) {
      if (this.room <= 0) {
        await this.news();
        continue;
      }
      const progress = await this.look();
      this.slices = Math.max(this.slices, progress.slices);
      this.alone = !progress.others;
      const stage = this.task.stages.findIndex(({ name }) => (progress.open[name] ?? 0) > 0);
      if (stage === -1) {
        this.finished = true;
        return;
      }
      this.reach(stage);
      const news = this.news();
      await this.claim(stage, this.room, () => this);
      if (this.room > 0 && !this.ahead)
        await this.claim(stage + 1, 1, () => (this.ahead = new WaitingHost(this)));
      await this.newsOrPoll(news);
    }
  }

  /** Waits for the batches being written, then gives the slices back. */
  async end(): Promise<void> {
    this.halt();
    for (const stop of this.timers) stop();
    await Promise.all(this.running.values());
    await releaseSlices(this.task.pool, this.task.lane).catch(() => undefined);
    if (this.failure) throw this.failure.error;
  }

  async result(): Promise<LaneResult> {
    const progress = await this.look();
    return { finished: this.finished, halted: this.halted, progress, lanes: this.lanesFor(progress.left) };
  }

  private get atOnce(): number {
    return this.options.slicesAtOnce ?? Math.max(1, Math.floor(SLICES_OF_PROCESS / lanesOfProcess.size));
  }

  /** How many more slices may be in hand; one that waits is none. */
  private get room(): number {
    return this.atOnce - this.running.size + (this.ahead ? 1 : 0);
  }

  private halt(): void {
    this.stop.abort();
    this.wake();
  }

  private look(): Promise<PhaseProgress> {
    return phaseProgress(this.task.pool, this.task.phase, this.task.lane);
  }

  private lanesFor(left: number): number {
    return Math.max(1, Math.min(MAX_LANES, Math.ceil(left / (this.options.moreLanesFrom ?? 200_000))));
  }

  /** Resolves at the next batch, end of a slice or stop. */
  private news(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.stopping) resolve();
    });
  }

  private async newsOrPoll(news: Promise<void>): Promise<void> {
    const over = new AbortController();
    const poll = this.clock.sleep(POLL_MS, { signal: over.signal }).catch(() => undefined);
    await Promise.race([news, poll]);
    over.abort();
  }

  private reach(stage: number): void {
    if (stage === this.stage) return;
    this.stage = stage;
    this.ahead?.begin();
    this.ahead = undefined;
  }

  private async claim(at: number, limit: number, hostOf: () => SliceHost): Promise<void> {
    const { pool, phase, lane, stages } = this.task;
    const stage = stages[at];
    // Lanes that have begun meanwhile may have left no room.
    if (stage === undefined || limit <= 0) return;
    const claimed = await claimSlices(pool, phase, stage.name, lane, limit);
    for (const slice of claimed) this.running.set(slice.id, this.work(slice, stage, hostOf()));
  }

  private async work(slice: ClaimedSlice, stage: Stage, host: SliceHost): Promise<void> {
    try {
      await runSlice(slice, stage, host);
    } catch (error) {
      // What fails ahead counts once its stage is reached: all that comes before it is done first.
      if (host instanceof WaitingHost && !(await host.isReached())) return;
      if (!this.isOwnStop(error)) this.failure ??= { error };
      this.halt();
    } finally {
      this.running.delete(slice.id);
      this.wake();
    }
  }

  /** What was asked of the source for a batch, or its wait for a turn, was broken off; nothing of the batch is written. */
  private isOwnStop(error: unknown): boolean {
    return this.stopping && error instanceof Error && error.name === 'AbortError';
  }

  private keepLeases(): void {
    // A lease that cannot be renewed runs out; the batch that needs it fails.
    renewLeases(this.task.pool, this.task.lane).catch(() => undefined);
  }
}

function ownTurns(clock: Clock): TakingTurns {
  const turns = new WriteTurns(clock);
  return (write, signal) => turns.take(write, signal);
}
