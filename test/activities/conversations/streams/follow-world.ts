import type { ApplyHints, FollowedBrand, Hint } from '../../../../domain/conversations/following/hints.js';
import { ensureFollowed } from '../../../../activities/conversations/streams/ensure-followed.js';
import type { JoinDependencies } from '../../../../activities/conversations/streams/ensure-followed.js';
import { followFor } from '../../../../activities/conversations/streams/follow-table.js';
import type { FollowDependencies } from '../../../../activities/conversations/streams/follow-table.js';
import type { FollowerEnd } from '../../../../activities/conversations/streams/follower.js';
import { addRows } from '../../../gateways/store/world.js';
import { freshStore } from '../../../gateways/store/fresh-store.js';
import type { FreshStore } from '../../../gateways/store/fresh-store.js';
import { nextTurn } from '../../../support/next-turn.js';
import { untilHolds } from '../../../support/until.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { MemoryStream } from './memory-stream.js';
import type { ChangedMessage } from './memory-stream.js';

/** Accounts that are followed by a stream in memory, into a real store. Counts applied changes by key. */
export class FollowWorld {
  readonly clock = new VirtualClock();
  readonly messages = new MemoryStream(this.clock);
  readonly threads = new MemoryStream(this.clock);
  /** How often each message has changed at the source, and how often it had when it was last looked at. */
  readonly changed = new Map<string, number>();
  readonly seen = new Map<string, number>();
  /** The hints of each call. */
  readonly calls: (readonly Hint[])[] = [];
  readonly kept: [FollowedBrand, readonly Hint[]][] = [];
  /** Called before hints are applied. */
  onApply: (brandId: string) => Promise<void> | void = () => undefined;
  /** Called after that. */
  onApplied: () => Promise<void> | void = () => undefined;
  /** The ported numbers that were looked for. */
  readonly caughtUp: string[] = [];
  readonly started: string[] = [];
  streamsWanted: 'auto' | 'off' = 'auto';
  #lanes = 0;

  private constructor(
    /** The store of the current process. */
    public store: FreshStore,
  ) {}

  static async open(): Promise<FollowWorld> {
    return new FollowWorld(await freshStore());
  }

  close(): Promise<void> {
    return this.store.close();
  }

  async account(accountId: string, ...brandIds: string[]): Promise<void> {
    await addRows(this.store, accountId, Object.fromEntries(brandIds.map((brandId) => [brandId, []])));
  }

  join(accountId: string, ...brandIds: string[]): Promise<'stream' | 'poll'> {
    return ensureFollowed(this.joinDependencies(), { accountId, brandIds });
  }

  joinDependencies(): JoinDependencies {
    return {
      ...this.#common(),
      startFollowers: async (tables) => void this.started.push(...tables),
    };
  }

  change({ brandId, messageKey, ...more }: ChangedMessage): void {
    const key = `${brandId}/${messageKey}`;
    this.changed.set(key, (this.changed.get(key) ?? 0) + 1);
    this.messages.change({ brandId, messageKey, ...more });
  }

  /** Whether all changes of the brand were looked at. */
  isUpToDate(brandId: string): boolean {
    return [...this.changed].every(
      ([key, times]) => !key.startsWith(`${brandId}/`) || this.seen.get(key) === times,
    );
  }

  readonly apply: ApplyHints = async ({ brandId }, hints) => {
    await this.onApply(brandId);
    this.calls.push(hints);
    for (const hint of hints) {
      const key = hint.table === 'messages' ? `${brandId}/${hint.messageKey}` : '';
      this.seen.set(key, this.changed.get(key) ?? 0);
    }
    await this.onApplied();
    return { added: 0, changed: hints.length, removed: 0 };
  };

  dependencies(): FollowDependencies {
    const hints = {
      apply: this.apply,
      keep: async (brand: FollowedBrand, kept: readonly Hint[]) => void this.kept.push([brand, kept]),
      applyWaiting: async (signal: AbortSignal) => {
        for (const [brand, kept] of this.kept.splice(0)) await this.apply(brand, kept, signal);
      },
    };
    return {
      ...this.#common(),
      hints,
      fetchFiles: async () => undefined,
      catchUp: async (by) => void this.caughtUp.push(by),
      logger: { warn: () => undefined },
    };
  }

  /** Starts a lane that follows the messages. Time passes while it is waited for. */
  lane(name = `lane ${(this.#lanes += 1)}`, attempt = 1): FollowingLane {
    const stop = new AbortController();
    const ended = followFor('messages', { name, attempt }, this.dependencies(), stop.signal);
    ended.catch(() => undefined);
    return { ended, stop: () => stop.abort() };
  }

  /** Lets time pass until the condition holds. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await untilHolds(
      async () => {
        if (await condition()) return true;
        await this.clock.advance(100);
        await nextTurn();
        return false;
      },
      { what, everyMs: 1 },
    );
  }

  /** Follows until the condition holds. */
  async follow(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const { ended, stop } = this.lane();
    await this.until(what, condition);
    stop();
    await ended;
  }

  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.store.pool.query(sql, values)).rows as Row[];
  }

  #common() {
    return {
      store: this.store,
      clock: this.clock,
      streams: { messages: this.messages, threads: this.threads },
      streamsWanted: this.streamsWanted,
    };
  }
}

interface FollowingLane {
  readonly ended: Promise<FollowerEnd>;
  stop(): void;
}
