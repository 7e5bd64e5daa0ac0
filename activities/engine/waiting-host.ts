import { once } from 'node:events';
import type { Clock } from '../../domain/engine/clock.js';
import type { Pace } from '../../domain/engine/targets/pace.js';
import type { CommittedBatch, SliceHost } from './slices/run-slice.js';
import type { CutLimits } from './slices/split.js';

/** The host of a slice whose stage is not reached yet: the slice's writes wait until the stage begins. */
export class WaitingHost implements SliceHost {
  private readonly mayBegin = new AbortController();

  constructor(private readonly lane: SliceHost) {}

  begin(): void {
    this.mayBegin.abort();
  }

  /** Waits for the stage; false when the lane stops first. */
  async isReached(): Promise<boolean> {
    return this.reached().then(
      () => true,
      () => false,
    );
  }

  async takingTurns<T>(write: (pace?: Pace) => Promise<T>): Promise<T> {
    await this.reached();
    return this.lane.takingTurns(write);
  }

  committed(batch: CommittedBatch): void {
    this.lane.committed(batch);
  }

  get clock(): Clock {
    return this.lane.clock;
  }

  get signal(): AbortSignal {
    return this.lane.signal;
  }

  get stopping(): boolean {
    return this.lane.stopping;
  }

  get cutLimits(): CutLimits {
    return this.lane.cutLimits;
  }

  private async reached(): Promise<void> {
    const { signal } = this.mayBegin;
    if (!signal.aborted) await once(signal, 'abort', { signal: this.lane.signal });
  }
}
