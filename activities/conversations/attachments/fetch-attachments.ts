import { Context } from '@temporalio/activity';
import type { Clock } from '../../../domain/engine/clock.js';
import {
  countAttachmentsLeft,
  releaseClaims,
  releaseClaimsSince,
  type ClaimedAttachment,
} from '../../../gateways/store/conversations/attachments/attachments.js';
import { withHeartbeats } from '../../engine/heartbeats.js';
import { AttachmentQueue } from './attachment-queue.js';
import { fetchAttachment, type FetchDependencies } from './fetch-attachment.js';
import { SilentHosts } from './silent-hosts.js';
import type { AttachmentProgress, BrandInput, ConversationsActivities } from '../types.js';
import { UnlistedHosts } from './unlisted-hosts.js';

export interface FetchAttachmentsOptions {
  /** No file is started after this; running downloads finish. */
  readonly durationMs: number;
  /** Concurrent downloads. */
  readonly concurrency: number;
  /** The pause after each failed try. A failure is final after one more try than there are pauses. */
  readonly pausesMs: readonly number[];
  /** Must exceed the duration plus the longest download. */
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
 * Fetches a brand's attachments for about two minutes, newest messages first, then finishes running downloads. Attachments of hosts that time out
 * come last. `stored` and `failed` count this call's tries. Returns at once when nothing is due; `left` counts what is due later or claimed by
 * another lane. A file's failure is recorded in its row. Throws AttachmentsUnavailable, StoreUnavailable and Temporal's CancelledFailure, which
 * concern no single file, after releasing its claims.
 */
export function createFetchAttachments(
  dependencies: FetchAttachmentsDependencies,
): ConversationsActivities['fetchAttachments'] {
  const begin = attachmentFetcher(dependencies);
  return async (input) => {
    const context = Context.current();
    const { attempt, scheduledTimestampMs } = context.info;
    // Releases the claims of attempts that died, which would otherwise block their files until they expire.
    if (attempt > 1)
      await releaseClaimsSince(dependencies.store, input.brandId, new Date(scheduledTimestampMs));
    const run = begin(input, context.cancellationSignal);
    return withHeartbeats(
      dependencies.clock,
      ({ beat }) => run.runToEnd(beat),
      () => run.counts(),
    );
  };
}

/** Begins to fetch a brand's attachments, as the activity does, until the signal is aborted. */
export function attachmentFetcher(
  dependencies: FetchAttachmentsDependencies,
): (input: BrandInput, signal: AbortSignal) => FetchRun {
  const options = { ...DEFAULTS, ...dependencies.options };
  const silent = new SilentHosts(dependencies.clock);
  return (input, signal) => new FetchRun(dependencies, options, input, silent, signal);
}

/** One call of the activity. */
export class FetchRun {
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

  async runToEnd(onFile: () => void): Promise<AttachmentProgress> {
    await Promise.all(Array.from({ length: this.options.concurrency }, () => this.#lane(onFile)));
    await this.#release(this.#queue.drain());
    this.cancelled.throwIfAborted();
    this.#failed.signal.throwIfAborted();
    return {
      ...this.counts(),
      left: await countAttachmentsLeft(this.dependencies.store, this.input.brandId),
    };
  }

  /** Never throws. An error that concerns no single file stops all lanes; `runToEnd` throws it once they have ended. */
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
      if (claim) await this.#release([claim]);
    }
  }

  async #release(claims: readonly ClaimedAttachment[]): Promise<void> {
    await releaseClaims(this.dependencies.store, claims).catch((error: unknown) => {
      this.dependencies.logger.warn(
        { err: error, claims: claims.length },
        'Attachment claims could not be released; they expire',
      );
    });
  }
}
