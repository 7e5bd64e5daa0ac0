import type { SourceTable } from '../../../domain/conversations/records/rows.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import { readCapacity } from '../../../gateways/dynamodb/polling/read-capacity.js';
import { besideWaiting, pause } from '../streams/beside-waiting.js';
import type { WaitingDependencies } from '../streams/beside-waiting.js';
import { forTenMinutes } from '../streams/ten-minutes.js';
import type { FollowActivities } from '../types.js';
import { NewsReader } from './news.js';
import { Poller } from './poller.js';
import type { PollerEnd } from './poller.js';
import { ReadBudget } from './read-budget.js';
import { SeenKeys } from './seen-keys.js';

export interface PollingDependencies extends WaitingDependencies {
  readonly tables: SourceTables;
  /** For tests. */
  readonly pageKeys?: number | undefined;
}

const TABLES: readonly SourceTable[] = ['threads', 'messages'];
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Creates the activity that polls for ten minutes. Another call continues. */
export function createPollSource(deps: PollingDependencies): FollowActivities['pollSource'] {
  const polling = new Polling(deps);
  return () =>
    forTenMinutes(deps.clock, async (_, signal) => ({ followed: (await polling.run(signal)) !== 'left' }));
}

/** What polling keeps between lanes of this process: the keys that it has seen, its open passes, and its spent budget. */
export class Polling {
  readonly #budgets: Readonly<Record<SourceTable, ReadBudget>>;
  #news: Readonly<Record<SourceTable, NewsReader>>;

  constructor(private readonly deps: PollingDependencies) {
    this.#budgets = { threads: new ReadBudget(deps.clock), messages: new ReadBudget(deps.clock) };
    this.#news = this.#newReaders();
  }

  /**
   * Polls until the signal is aborted. Retries a failing store without limit: positions do not move meanwhile, and each attempt of Temporal's would
   * cost.
   */
  async run(signal: AbortSignal): Promise<PollerEnd> {
    const { clock, logger } = this.deps;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const begun = clock.elapsed();
      try {
        return await this.#once(signal);
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof CarryoverError)) throw error;
        // The store may have been restored from a backup that lacks what was applied.
        this.#news = this.#newReaders();
        logger.warn({ type: error.type }, 'Polling is interrupted; trying again');
        if (clock.elapsed() - begun > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
        await pause(clock, pauseMs, signal);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
    return 'stopped';
  }

  async #once(signal: AbortSignal): Promise<PollerEnd> {
    const { store, hints, clock, logger } = this.deps;
    await Promise.all(TABLES.map((table) => this.#limit(table, signal)));
    const poller = new Poller({ pool: store.pool, ...hints, logger, clock, news: this.#news }, signal);
    return besideWaiting(this.deps, 'poll', signal, () => poller.run());
  }

  #newReaders(): Readonly<Record<SourceTable, NewsReader>> {
    const { tables, clock, pageKeys } = this.deps;
    const of = (table: SourceTable) =>
      new NewsReader({ tables, table, clock, pageKeys, seen: new SeenKeys(), budget: this.#budgets[table] });
    return { threads: of('threads'), messages: of('messages') };
  }

  /** Capacity seldom changes, so a lane asks for it once. */
  async #limit(table: SourceTable, signal: AbortSignal): Promise<void> {
    const { tables, logger } = this.deps;
    const { [table]: budget } = this.#budgets;
    try {
      budget.limitTo(await readCapacity(tables, table, signal));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CarryoverError)) throw error;
      const message = 'How many reads are provisioned is not known; polling takes few';
      logger.warn({ table, type: error.type }, message);
      budget.limitToUnknown();
    }
  }
}
