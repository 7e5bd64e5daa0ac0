import type { BatchLimits } from '../../gateways/chatwoot/move/read-batch.js';

/** How long a batch should hold its locks: well below the 250 ms that nobody may wait. */
const AIM_MS = 150;
const LEAST = 250;
const MOST = 5_000;
const FIRST = 1_500;

/** Finds how many messages fit a batch, from how long batches have held their locks. */
export class BatchSize {
  private messages = FIRST;

  constructor(private readonly conversations: number) {}

  get limits(): BatchLimits {
    return { conversations: this.conversations, messages: Math.round(this.messages) };
  }

  /** Runs a batch and learns from it, if it held locks. What took too long has its effect at once, what was quick little by little. */
  async measured<T extends { readonly lockMs: number | undefined }>(batch: () => Promise<T>): Promise<T> {
    const result = await batch();
    if (result.lockMs === undefined) return result;
    const ratio = AIM_MS / Math.max(1, result.lockMs);
    this.messages = Math.min(MOST, Math.max(LEAST, this.messages * Math.min(1.1, ratio)));
    return result;
  }
}
