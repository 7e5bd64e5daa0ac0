import type { Clock } from '../../../domain/engine/clock.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { resetUnderWay } from '../../../gateways/store/conversations/reset/reset.js';
import { CarryoverError, type Failure } from '../../../domain/engine/failures/failures.js';
import type { NewAccount } from '../../../gateways/store/conversations/account/fill-in.js';
import { type RequestedStart, beginStarts } from '../../../gateways/store/conversations/status/starts.js';
import {
  type RefusedStart,
  type Start,
  recordRefusedStart,
} from '../../../gateways/store/conversations/status/statuses.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';
import { currentTraceparent } from '../../../gateways/tracing/spans.js';
import { Batcher } from '../../http/batcher.js';
import { unknownAccount } from '../../http/problems.js';
import type { Asker } from '../../engine/operations/asker.js';

const STARTS_AT_ONCE = 500;
/** Under load, starts are gathered for this long into fewer and larger transactions. */
const GATHER_MS = 100;
/** A queue of this length is written within moments. */
const SHORT_QUEUE = 32;

interface StartQueueOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Whether more requests to Conversations wait than will be answered soon. */
  readonly isBusy: () => boolean;
}

/**
 * Starts migrations of known accounts, or retries what failed: it writes the statuses, the audit entry and the workflow's message in one
 * transaction. Idempotent: while a migration runs nothing is started twice, and once all messages are migrated nothing happens (`begun` is
 * false). Concurrent starts share a transaction, because 500 at once would otherwise wait for each other.
 */
export class StartQueue {
  readonly #batches: Batcher<RequestedStart, Start>;

  constructor({ store, clock, isBusy }: StartQueueOptions) {
    const alone = async (start: RequestedStart): Promise<Start> => {
      const started = await transaction(store.control, 'begin-start', (tx) =>
        beginStarts(tx, [start], false, clock),
      );
      return started.get(start.accountId) ?? notKnown();
    };
    this.#batches = new Batcher({
      clock,
      keyOf: ({ accountId }) => accountId,
      most: STARTS_AT_ONCE,
      gatherMs: () => (isBusy() ? GATHER_MS : 0),
      async work(starts) {
        const [only, ...more] = starts;
        if (only === undefined || more.length === 0) return starts.map(alone);
        try {
          const started = await transaction(store.control, 'begin-starts', (tx) =>
            beginStarts(tx, starts, true, clock),
          );
          // A missing account is unknown, or locked; it is tried alone, so that the others do not wait for it.
          return starts.map(async (start) => started.get(start.accountId) ?? alone(start));
        } catch (error) {
          if (error instanceof CarryoverError && error.type === 'StoreUnavailable') throw error;
          // One of them cannot be written; each is tried alone, so that the others succeed.
          return starts.map(alone);
        }
      },
    });
  }

  /** Whether more starts wait than will be answered soon. */
  get isBusy(): boolean {
    return this.#batches.size > SHORT_QUEUE;
  }

  /** Starts an account's migration. Throws Problem 404; StoreUnavailable. */
  start(accountId: string, asker: Asker, met?: NewAccount): Promise<Start> {
    return this.#batches.add({
      accountId,
      actor: asker.asActor,
      met,
      traceparent: currentTraceparent(),
    });
  }
}

function notKnown(): never {
  throw unknownAccount();
}

/**
 * Records the start of an account that cannot be migrated, with the reason, and starts nothing. Undefined, without a write, if the account's
 * migration has begun meanwhile or is being reset; then it is an ordinary start.
 */
export async function refuseStart(
  store: Store,
  accountId: string,
  failure: Failure,
  asker: Asker,
): Promise<RefusedStart | undefined> {
  return transaction(store.control, 'refuse-start', async (tx) => {
    if ((await lockAccount(tx, accountId)) === undefined) throw unknownAccount();
    if (await resetUnderWay(tx, accountId)) return undefined;
    const refused = await recordRefusedStart(tx, accountId, failure);
    if (refused)
      await addAuditEntry(tx, { migration: migrationOf(accountId), action: 'start', ...asker.asActor });
    return refused;
  });
}
