import {
  claimAttachments,
  isHalted,
  type ClaimedAttachment,
  type ClaimTerms,
} from '../../gateways/store/attachments.js';
import type { Store } from '../../gateways/store/connect.js';
import type { BrandInput } from './types.js';

export interface QueueTerms extends ClaimTerms {
  /** Milliseconds since the epoch; nothing is handed out afterwards. */
  readonly until: number;
}

/** Hands a brand's attachments to several lanes, one at a time; claims them from the store some at once. */
export class AttachmentQueue {
  #claimed: ClaimedAttachment[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Pick<Store, 'pool'>,
    private readonly input: BrandInput,
    private readonly signal: AbortSignal,
    private readonly terms: QueueTerms,
  ) {}

  /** Undefined when there is nothing due, the time is over, or the migration is paused or cancelled. */
  next(): Promise<ClaimedAttachment | undefined> {
    const mine = this.#turn.then(() => this.#take());
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** What was claimed and not handed out. */
  drain(): readonly ClaimedAttachment[] {
    return this.#claimed.splice(0);
  }

  async #take(): Promise<ClaimedAttachment | undefined> {
    if (this.signal.aborted || Date.now() >= this.terms.until) return undefined;
    if (await isHalted(this.store, this.input.accountId)) return undefined;
    if (this.#claimed.length === 0) {
      this.#claimed = await claimAttachments(this.store, this.input.brandId, this.terms);
    }
    return this.#claimed.shift();
  }
}
