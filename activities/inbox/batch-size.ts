import { BatchTooLong } from '../../gateways/chatwoot/move/bounded.js';
import type { BatchLimits } from '../../gateways/chatwoot/move/read-batch.js';

/** How long a batch should hold its locks. Well below 250 ms, which nobody may wait, because a batch may take much longer than the one before. */
const AIM_MS = 100;
/**
 * A batch whose rows take longer is rolled back and repeated with fewer rows. The rest of the 250 ms is for its counts, its commit and a busy
 * machine.
 */
const LIMIT_MS = 180;
const LEAST = 100;
const MOST = 5_000;
const FIRST = 500;
const GROWTH = 1.15;
/** A batch that used less than this share of its limit says nothing about larger ones. */
const FULL = 0.8;

export interface MeasuredBatch {
  readonly messages: number;
  /** Undefined if it only read. */
  readonly lockMs: number | undefined;
}

/** Finds how many messages fit a batch, from how long batches have held their locks. */
export class BatchSize {
  private messages = FIRST;

  constructor(private readonly conversations: number) {}

  get limits(): BatchLimits {
    return { conversations: this.conversations, messages: Math.round(this.messages), lockMs: LIMIT_MS };
  }

  /** Runs a batch and adapts the size if it held locks: shrinks at once after a slow batch, and grows slowly after quick ones. */
  async measured<T extends MeasuredBatch>(batch: (limits: BatchLimits) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await batch(this.limits);
        this.learn(result);
        return result;
      } catch (error) {
        if (!(error instanceof BatchTooLong)) throw error;
        // A single conversation has no time limit, so this ends.
        this.messages = Math.max(1, this.messages / 2);
      }
    }
  }

  private learn({ lockMs, messages }: MeasuredBatch): void {
    if (lockMs === undefined) return;
    const ratio = AIM_MS / Math.max(1, lockMs);
    const isFull = messages >= FULL * this.messages;
    const change = isFull || ratio < 1 ? Math.min(GROWTH, ratio) : 1;
    this.messages = Math.max(LEAST, Math.min(MOST, this.messages * change));
  }
}
