import type { Clock } from '../../../domain/engine/clock.js';
import {
  claimAttachments,
  isHalted,
  type ClaimedAttachment,
  type ClaimTerms,
} from '../../../gateways/store/conversations/attachments/attachments.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { SilentHosts } from './silent-hosts.js';
import type { BrandInput } from '../types.js';
import type { UnlistedHosts } from './unlisted-hosts.js';

export interface QueueTerms extends ClaimTerms {
  /** Milliseconds since 1970 after which the queue returns nothing. */
  readonly until: number;
}

/** The interval between checks for other hosts while only silent ones are left: each check reads all due attachments. */
const RECHECK_OTHERS_MS = 10_000;

/**
 * Hands a brand's attachments to several lanes, one at a time, and claims them from the store in batches. Attachments of silent hosts come only when
 * nothing else is due. Attachments of unlisted hosts are never handed out: all of them fail as soon as one is claimed.
 */
export class AttachmentQueue {
  readonly #claimed: ClaimedAttachment[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #recheckOthersAt = 0;

  constructor(
    private readonly store: Pick<Store, 'pool'>,
    private readonly clock: Clock,
    private readonly input: BrandInput,
    private readonly signal: AbortSignal,
    private readonly terms: QueueTerms,
    private readonly silent: SilentHosts,
    private readonly unlisted: UnlistedHosts,
  ) {}

  /** Undefined when nothing is due, the time is up, or the migration is paused or cancelled. */
  next(): Promise<ClaimedAttachment | undefined> {
    const mine = this.#turn.then(() => this.#take());
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Removes and returns the claims that were not handed out. */
  drain(): readonly ClaimedAttachment[] {
    return this.#claimed.splice(0);
  }

  async #take(): Promise<ClaimedAttachment | undefined> {
    if (this.signal.aborted || this.clock.now() >= this.terms.until) return undefined;
    if (await isHalted(this.store, this.input.accountId)) return undefined;
    return this.#takeResponsive() ?? (await this.#claimOthers()) ?? this.#claimed.shift() ?? this.#claim([]);
  }

  /** Claims from hosts that are not silent, if any host is. */
  async #claimOthers(): Promise<ClaimedAttachment | undefined> {
    const silent = this.silent.list();
    if (silent.length === 0 || this.clock.now() < this.#recheckOthersAt) return undefined;
    const claimed = await this.#claim(silent);
    if (claimed === undefined) this.#recheckOthersAt = this.clock.now() + RECHECK_OTHERS_MS;
    return claimed;
  }

  /** Claims a batch and returns its first attachment. */
  async #claim(without: readonly string[]): Promise<ClaimedAttachment | undefined> {
    for (;;) {
      const claimed = await claimAttachments(this.store, this.input.brandId, this.terms, { without });
      const [first, ...rest] = claimed.filter(({ url }) => !this.unlisted.has(url));
      this.#claimed.push(...rest);
      if (rest.length + (first ? 1 : 0) < claimed.length) await this.unlisted.fail();
      if (first || claimed.length === 0) return first;
    }
  }

  /** The first claimed attachment whose host is not known to be silent. */
  #takeResponsive(): ClaimedAttachment | undefined {
    const at = this.#claimed.findIndex(({ url }) => !this.silent.has(url));
    return at < 0 ? undefined : this.#claimed.splice(at, 1)[0];
  }
}
