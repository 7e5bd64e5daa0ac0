import { BatchTooLong } from '../../gateways/chatwoot/move/bounded.js';
import type { BatchLimits } from '../../gateways/chatwoot/move/read-batch.js';

/** How long a batch should hold its locks. Nobody may wait 250 ms: what takes much longer than the batch before does not, either. */
const AIM_MS = 100;
/** A batch that takes longer is taken back and comes again, smaller. */
const LIMIT_MS = 220;
const LEAST = 400;
const MOST = 5_000;
const FIRST = 500;
const GROWTH = 1.15;

/** Finds how many messages fit a batch, from how long batches have held their locks. */
export class BatchSize {
  private messages = FIRST;

  constructor(private readonly conversations: number) {}

  get limits(): BatchLimits {
    return { conversations: this.conversations, messages: Math.round(this.messages), lockMs: LIMIT_MS };
  }

  /** Runs a batch and learns from it, if it held locks. What took too long has its effect at once, what was quick little by little. */
  async measured<T extends { readonly lockMs: number | undefined }>(
    batch: (limits: BatchLimits) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      try {
        const result = await batch(this.limits);
        if (result.lockMs !== undefined) this.learn(AIM_MS / Math.max(1, result.lockMs));
        return result;
      } catch (error) {
        if (!(error instanceof BatchTooLong)) throw error;
        // One conversation alone has no limit, so this ends.
        this.messages = Math.max(1, this.messages / 2);
      }
    }
  }

  private learn(ratio: number): void {
    this.messages = Math.min(MOST, Math.max(LEAST, this.messages * Math.min(GROWTH, ratio)));
  }
}
