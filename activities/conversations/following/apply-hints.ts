import type { Applied, FollowedBrand, Hint } from '../../../domain/conversations/following/hints.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { Clock } from '../../../domain/engine/clock.js';
import type { ObjectStore } from '../../../gateways/objects/object-store.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import { getRecords } from '../../../gateways/dynamodb/records.js';
import { lockAlone, LockTaken } from '../../../gateways/store/conversations/following/account-lock.js';
import { findStanding } from '../../../gateways/store/conversations/following/standing.js';
import {
  addWaiting,
  addWaitingOf,
  brandsWaiting,
  takeWaiting,
} from '../../../gateways/store/conversations/following/waiting-hints.js';
import { WITH_STAGING } from '../../../gateways/store/conversations/import/staging-tables.js';
import { RefusedData, transaction } from '../../../gateways/store/sql/transaction.js';
import type { Pool, Transaction } from '../../../gateways/store/sql/transaction.js';
import { patiently } from '../../engine/retries/patience.js';
import { Ground } from './ground.js';
import type { ReadRecords } from './ground.js';
import { removeFiles } from './remove-files.js';
import { nothingRefused, triedFirst } from './refused.js';
import { settleRecords } from './settle.js';
import type { HintedRecord, Settled } from './settle.js';

export interface FollowingDependencies {
  readonly store: { readonly pool: Pool };
  readonly tables: SourceTables;
  readonly clock: Clock;
  /** Where files of removed attachments are deleted; by default they stay. */
  readonly objects?: ObjectStore;
  /** For tests. */
  readonly limits?: Partial<FollowingLimits>;
}

export interface FollowingLimits {
  /** How long to wait for an account's batches; after that the hints are stored as waiting. */
  readonly lockMs: number;
  /** How long the source may take while an account's batches wait. */
  readonly readMs: number;
  /** The most waiting hints that one transaction takes. */
  readonly waiting: number;
}

const LIMITS: FollowingLimits = { lockMs: 5_000, readMs: 5_000, waiting: 100 };
/** The most transactions of one call for an account's waiting hints. The next call continues. */
const MORE_TRANSACTIONS = 20;

const NOTHING: Applied = { added: 0, changed: 0, removed: 0 };
const WAITS: Settled = { applied: NOTHING, hasMore: false };

/**
 * Brings the store in line with the source for the records that the hints name, all of one brand, at most a few hundred. A second call changes nothing.
 *
 * Each record is read again, strongly consistent, while the account's lock is held exclusively: of two concurrent calls the later one reads the later
 * state, and no import can commit an earlier state afterwards. Everything that depends on the records is written in the same transaction. What is too
 * much for one is stored as waiting hints, which this call continues with.
 *
 * All hints are stored as waiting (`applyWaiting`) while the brand's migration is paused, while its import is not planned, or if others hold the lock
 * for too long.
 *
 * Throws CarryoverError (Source…, StoreUnavailable) or the signal's reason; the transaction in progress is rolled back then.
 */
export async function applyHints(
  dependencies: FollowingDependencies,
  brand: FollowedBrand,
  hints: readonly Hint[],
  signal: AbortSignal,
): Promise<Applied> {
  const { applied, hasMore } = await settle(dependencies, brand, hints.map(recordOf), signal);
  if (!hasMore) return applied;
  return plus(applied, await settleWaiting(dependencies, brand.accountId, signal));
}

/**
 * Applies the waiting hints of all accounts that are not halted, and deletes the files of removed attachments. Returns when no applicable hint is
 * left, or soon after the signal. Throws the first failure once all accounts had their turn.
 */
export async function applyWaiting(
  dependencies: FollowingDependencies,
  signal: AbortSignal,
): Promise<Applied> {
  let applied = NOTHING;
  let failed: { readonly error: unknown } | undefined;
  const brands = await brandsWaiting(dependencies.store.pool);
  for (const accountId of new Set(brands.map((brand) => brand.accountId)))
    try {
      applied = plus(applied, await settleWaiting(dependencies, accountId, signal));
    } catch (error) {
      signal.throwIfAborted();
      failed ??= { error };
    }
  if (failed) throw failed.error;
  const { store, objects } = dependencies;
  if (objects) await removeFiles({ store, objects }, signal);
  return applied;
}

/** Applies all applicable waiting hints of an account, unless it is halted. Throws as `applyHints` does. */
export async function applyWaitingOf(
  dependencies: FollowingDependencies,
  accountId: string,
  signal: AbortSignal,
): Promise<Applied> {
  return settleWaiting(dependencies, accountId, signal, Number.POSITIVE_INFINITY);
}

/** Stores hints for `applyWaiting`. */
export async function keepHints(
  { store }: Pick<FollowingDependencies, 'store'>,
  brand: FollowedBrand,
  hints: readonly Hint[],
): Promise<void> {
  await addWaitingOf(store.pool, brand, hints.map(recordOf));
}

function recordOf(hint: Hint): HintedRecord {
  const { table, threadId } = hint;
  return table === 'threads'
    ? { table, key: { hash: hint.brandId, range: threadId } }
    : { table, key: { hash: threadId, range: hint.messageKey } };
}

async function settleWaiting(
  dependencies: FollowingDependencies,
  accountId: string,
  signal: AbortSignal,
  transactions = MORE_TRANSACTIONS,
): Promise<Applied> {
  let applied = NOTHING;
  for (let left = transactions; left > 0;) {
    const brands = await brandsWaiting(dependencies.store.pool, accountId);
    if (brands.length === 0) break;
    let progress = false;
    for (const brand of brands) {
      signal.throwIfAborted();
      const settled = await settle(dependencies, brand, 'waiting', signal);
      progress ||= settled !== WAITS;
      applied = plus(applied, settled.applied);
      left -= 1;
    }
    if (!progress) break;
  }
  return applied;
}

/** Settles these records, or some waiting ones, in one transaction. */
async function settle(
  dependencies: FollowingDependencies,
  brand: FollowedBrand,
  hinted: readonly HintedRecord[] | 'waiting',
  signal: AbortSignal,
): Promise<Settled> {
  const { store, clock } = dependencies;
  const attempt = (isCareful: boolean) =>
    patiently(() => settleOnce(dependencies, brand, { hinted, isCareful }, signal), signal, clock);
  try {
    return await attempt(false);
  } catch (error) {
    if (error instanceof RefusedData) return attempt(true);
    if (!(error instanceof LockTaken)) throw error;
    if (hinted !== 'waiting') await addWaitingOf(store.pool, brand, hinted);
    return WAITS;
  }
}

async function settleOnce(
  { store: { pool }, tables, limits }: FollowingDependencies,
  { accountId, brandId }: FollowedBrand,
  { hinted, isCareful }: { hinted: readonly HintedRecord[] | 'waiting'; isCareful: boolean },
  signal: AbortSignal,
): Promise<Settled> {
  const { lockMs, readMs, waiting } = { ...LIMITS, ...limits };
  const work = async (tx: Transaction): Promise<Settled> => {
    await lockAlone(tx, accountId, lockMs);
    const standing = await findStanding(tx, accountId, { sourceId: brandId });
    if (!standing || standing.brand.dump) return WAITS;
    const { brand } = standing;
    if (standing.waits) {
      if (hinted !== 'waiting')
        await addWaiting(
          tx,
          hinted.map((one) => ({ ...one, brandId: brand.id })),
        );
      return WAITS;
    }
    const records = hinted === 'waiting' ? await takeWaiting(tx, brand.id, waiting) : hinted;
    const ground = new Ground(tx, standing, reading(tables, brandId, readMs, signal));
    const settled = await settleRecords(
      ground,
      standing,
      records,
      isCareful ? triedFirst(tx) : nothingRefused,
    );
    return { ...settled, hasMore: settled.hasMore || standing.hasWaiting };
  };
  return transaction(pool, 'follow', work, WITH_STAGING);
}

/** Reads within a time limit, since the account's batches wait meanwhile. */
function reading(tables: SourceTables, brandId: string, readMs: number, signal: AbortSignal): ReadRecords {
  return async (table, keys) => {
    const limit = AbortSignal.timeout(readMs);
    const what = `following ${table} of brand ${brandId}`;
    try {
      return await getRecords(tables, table, keys, what, AbortSignal.any([signal, limit]));
    } catch (error) {
      if (signal.aborted || !limit.aborted) throw error;
      throw new CarryoverError('SourceThrottled', `DynamoDB took too long for ${what}.`, { cause: error });
    }
  };
}

function plus(a: Applied, b: Applied): Applied {
  return { added: a.added + b.added, changed: a.changed + b.changed, removed: a.removed + b.removed };
}
