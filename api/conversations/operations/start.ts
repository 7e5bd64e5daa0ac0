import type { Clock } from '../../../domain/engine/clock.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { resetUnderWay } from '../../../gateways/store/conversations/reset/reset.js';
import { CarryoverError, type Failure } from '../../../domain/engine/failures.js';
import type { NewAccount } from '../../../gateways/store/conversations/account/fill-in.js';
import { type RequestedStart, beginStarts } from '../../../gateways/store/conversations/status/starts.js';
import {
  type RefusedStart,
  type Start,
  recordRefusedStart,
} from '../../../gateways/store/conversations/status/statuses.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';
import { Batcher } from '../../batcher.js';
import { unknownAccount } from '../../problems.js';
import type { Asker } from '../../engine/operations/asker.js';

const STARTS_AT_ONCE = 500;
/** Where many come: fewer and larger transactions. */
const GATHER_MS = 100;
/** So many are written down within moments. */
const SHORT_QUEUE = 32;

interface StartQueueOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** More is being asked of Conversations than will be answered soon. */
  readonly isBusy: () => boolean;
}

/**
 * Starts migrations of accounts that are known here, or has what failed tried again: statuses, the audit entry and the
 * workflow's message in one transaction. While one runs nothing is started twice; once all messages are migrated nothing
 * happens at all (`begun` is false). Starts that come at about the same time share a transaction: 500 at once would
 * otherwise wait for each other.
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
          // What is missing is not known here, or is locked by somebody: the others do not wait for it.
          return starts.map(async (start) => started.get(start.accountId) ?? alone(start));
        } catch (error) {
          if (error instanceof CarryoverError && error.type === 'StoreUnavailable') throw error;
          // One of them cannot be written down: it must not take the others along.
          return starts.map(alone);
        }
      },
    });
  }

  /** More starts wait to be answered than will be soon. */
  get isBusy(): boolean {
    return this.#batches.size > SHORT_QUEUE;
  }

  /** Throws Problem 404; StoreUnavailable. */
  start(accountId: string, asker: Asker, met?: NewAccount): Promise<Start> {
    return this.#batches.add({ accountId, actor: asker.asActor, met });
  }
}

function notKnown(): never {
  throw unknownAccount();
}

/**
 * Writes down that a start was asked for of an account that cannot be migrated as it is, and why; nothing is set going. Undefined, and
 * nothing is written, when that account's migration has begun meanwhile or is being reset: then it is a start like any other.
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
