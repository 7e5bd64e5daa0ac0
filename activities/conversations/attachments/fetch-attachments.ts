import { Context } from '@temporalio/activity';
import type { Clock } from '../../../domain/engine/clock.js';
import {
  countAttachmentsLeft,
  releaseClaims,
  releaseClaimsSince,
  type ClaimedAttachment,
} from '../../../gateways/store/conversations/attachments/attachments.js';
import { whileBeating } from '../../engine/heartbeats.js';
import { AttachmentQueue } from './attachment-queue.js';
import { fetchAttachment, type FetchDependencies } from './fetch-attachment.js';
import { SilentHosts } from './silent-hosts.js';
import type { AttachmentProgress, BrandInput, ConversationsActivities } from '../types.js';
import { UnlistedHosts } from './unlisted-hosts.js';

export interface FetchAttachmentsOptions {
  /** After this no further file is begun; those under way are finished. */
  readonly durationMs: number;
  /** Files at once. */
  readonly concurrency: number;
  /** After the first failed try, the second, …; one try more than there are pauses, then a failure is final. */
  readonly pausesMs: readonly number[];
  /** Longer than the duration and the longest download together. */
  readonly leaseMs: number;
}

export interface FetchAttachmentsDependencies extends FetchDependencies {
  readonly clock: Clock;
  readonly options?: Partial<FetchAttachmentsOptions> | undefined;
}

const MINUTE = 60_000;
const DEFAULTS: FetchAttachmentsOptions = {
  durationMs: 2 * MINUTE,
  concurrency: 4,
  pausesMs: [MINUTE, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE],
  leaseMs: 10 * MINUTE,
};

/**
 * Fetches a brand's attachments for about two minutes, those of the newest messages first; a file that is under way then is
 * finished, so that a call may last as long as the longest download more. Hosts that do not answer in time come after others. `stored` and `failed` count the tries of this
 * call; with nothing due it answers at once, `left` telling what is to be tried later or is being tried by another lane.
 * A file that fails is told on its row. Throws AttachmentsUnavailable and StoreUnavailable, which are no row's fault, and
 * Temporal's CancelledFailure; claims are given back then.
 */
export function createFetchAttachments(
  dependencies: FetchAttachmentsDependencies,
): ConversationsActivities['fetchAttachments'] {
  const options = { ...DEFAULTS, ...dependencies.options };
  const silent = new SilentHosts(dependencies.clock);
  return async (input) => {
    const context = Context.current();
    const { attempt, scheduledTimestampMs } = context.info;
    // An attempt that died must not keep its files waiting until its claims have run out.
    if (attempt > 1)
      await releaseClaimsSince(dependencies.store, input.brandId, new Date(scheduledTimestampMs));
    const run = new FetchRun(dependencies, options, input, silent, context.cancellationSignal);
    return whileBeating(
      dependencies.clock,
      ({ beat }) => run.toEnd(beat),
      () => run.counts(),
    );
  };
}

/** One call of the activity. */
class FetchRun {
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #queue: AttachmentQueue;
  #stored = 0;
  #missed = 0;

  constructor(
    private readonly dependencies: FetchAttachmentsDependencies,
    private readonly options: FetchAttachmentsOptions,
    private readonly input: BrandInput,
    private readonly silent: SilentHosts,
    private readonly cancelled: AbortSignal,
  ) {
    this.#signal = AbortSignal.any([cancelled, this.#failed.signal]);
    const terms = {
      until: dependencies.clock.now() + options.durationMs,
      limit: options.concurrency * 4,
      leaseMs: options.leaseMs,
      pausesMs: options.pausesMs,
    };
    const unlisted = new UnlistedHosts(dependencies, input.brandId, (count) => (this.#missed += count));
    this.#queue = new AttachmentQueue(
      dependencies.store,
      dependencies.clock,
      input,
      this.#signal,
      terms,
      silent,
      unlisted,
    );
  }

  counts(): { stored: number; failed: number } {
    return { stored: this.#stored, failed: this.#missed };
  }

  async toEnd(onFile: () => void): Promise<AttachmentProgress> {
    await Promise.all(Array.from({ length: this.options.concurrency }, () => this.#lane(onFile)));
    await this.#giveBack(this.#queue.drain());
    this.cancelled.throwIfAborted();
    this.#failed.signal.throwIfAborted();
    return {
      ...this.counts(),
      left: await countAttachmentsLeft(this.dependencies.store, this.input.brandId),
    };
  }

  /** Never throws: what fails here for no row's fault ends all lanes, and is thrown once they have ended. */
  async #lane(onFile: () => void): Promise<void> {
    let claim: ClaimedAttachment | undefined;
    try {
      while ((claim = await this.#queue.next()) !== undefined) {
        const outcome = await fetchAttachment(
          this.dependencies,
          claim,
          this.options.pausesMs.length,
          this.#signal,
        );
        this.silent.note(claim.url, outcome === 'silent');
        if (outcome === 'stored') this.#stored += 1;
        else this.#missed += 1;
        onFile();
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#failed.abort(error);
      if (claim) await this.#giveBack([claim]);
    }
  }

  async #giveBack(claims: readonly ClaimedAttachment[]): Promise<void> {
    await releaseClaims(this.dependencies.store, claims).catch((error: unknown) => {
      this.dependencies.logger.warn(
        { err: error, claims: claims.length },
        'attachment claims run out by themselves',
      );
    });
  }
}
