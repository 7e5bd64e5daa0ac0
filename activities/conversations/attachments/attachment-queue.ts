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
  /** Milliseconds since the epoch; nothing is handed out afterwards. */
  readonly until: number;
}

/** While only silent hosts are left, so often it is looked whether there are others: each look reads all that is due. */
const LOOK_FOR_OTHERS_MS = 10_000;

/**
 * Hands a brand's attachments to several lanes, one at a time; claims them from the store some at once. Those of hosts that are silent are
 * handed out when nothing else is due; those of hosts that are not listed never, they fail as soon as one of them is claimed.
 */
export class AttachmentQueue {
  readonly #claimed: ClaimedAttachment[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #noOthersUntil = 0;

  constructor(
    private readonly store: Pick<Store, 'pool'>,
    private readonly clock: Clock,
    private readonly input: BrandInput,
    private readonly signal: AbortSignal,
    private readonly terms: QueueTerms,
    private readonly silent: SilentHosts,
    private readonly unlisted: UnlistedHosts,
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
    if (this.signal.aborted || this.clock.now() >= this.terms.until) return undefined;
    if (await isHalted(this.store, this.input.accountId)) return undefined;
    return this.#spoken() ?? (await this.#claimOthers()) ?? this.#claimed.shift() ?? this.#claim([]);
  }

  /** Of hosts that are not silent, where some are. */
  async #claimOthers(): Promise<ClaimedAttachment | undefined> {
    const silent = this.silent.list();
    if (silent.length === 0 || this.clock.now() < this.#noOthersUntil) return undefined;
    const claimed = await this.#claim(silent);
    if (claimed === undefined) this.#noOthersUntil = this.clock.now() + LOOK_FOR_OTHERS_MS;
    return claimed;
  }

  /** Claims more, and takes the first of them. */
  async #claim(without: readonly string[]): Promise<ClaimedAttachment | undefined> {
    for (;;) {
      const claimed = await claimAttachments(this.store, this.input.brandId, this.terms, { without });
      const [first, ...rest] = claimed.filter(({ url }) => !this.unlisted.has(url));
      this.#claimed.push(...rest);
      if (rest.length + (first ? 1 : 0) < claimed.length) await this.unlisted.fail();
      if (first || claimed.length === 0) return first;
    }
  }

  /** The first whose host is not known to be silent. */
  #spoken(): ClaimedAttachment | undefined {
    const at = this.#claimed.findIndex(({ url }) => !this.silent.has(url));
    return at < 0 ? undefined : this.#claimed.splice(at, 1)[0];
  }
}
