import { createHash } from 'node:crypto';
import type { RecordKey } from '../../../../domain/conversations/records/quarantine-key.js';
import type { SourceTable } from '../../../../domain/conversations/records/rows.js';
import type { ImportedBrand } from '../import/brand.js';
import { ask } from '../../sql/ask.js';
import { Outdated } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { accountLock } from './account-lock.js';

/** Records that were read of a brand. */
export interface ReadRange {
  /** Their range keys: none is smaller or greater. */
  readonly smallest: string;
  readonly greatest: string;
  /** The brand's following position before any of them was read. */
  readonly since: string;
}

/**
 * The opening of a transaction that writes records of a brand that were read before it began: takes the account's lock and checks whether following
 * has written records of the range meanwhile. Undefined for a dump, which is not followed.
 */
export function besideFollowing(
  brand: ImportedBrand,
  table: SourceTable,
  { smallest, greatest, since }: ReadRange,
): string | undefined {
  if (brand.dump) return undefined;
  return `${accountLock('shared', brand.accountId)};
    SELECT f.applied, f.displaced, EXISTS (
      SELECT FROM carryover.followed_keys WHERE brand_id = f.brand_id AND source_table = '${table}'
        AND range_key BETWEEN ${bytesLiteral(smallest)} AND ${bytesLiteral(greatest)} AND applied > ${since}) AS followed
    FROM carryover.followings f WHERE f.brand_id = ${brand.id}`;
}

/** Undefined if the brand was never followed. */
type Opened =
  { readonly applied: string; readonly displaced: string; readonly followed: boolean } | undefined;

/** Filters the records of a transaction opened by `besideFollowing`: omits those that following has brought. */
export async function withoutFollowed<Some>(
  tx: Transaction,
  brand: ImportedBrand,
  { table, since }: { readonly table: SourceTable; readonly since: string },
  records: readonly Some[],
  keyOf: (record: Some) => RecordKey,
): Promise<readonly Some[]> {
  const [opened] = tx.opened as readonly Opened[];
  if (!opened?.followed) return records;
  const followed = await placesOfFollowed(tx, brand, table, records.map(keyOf), since);
  return records.filter((_, at) => !followed.has(at));
}

/** Throws Outdated if following, since its position `applied`, has taken a source thread away from its thread or has brought one of these threads. */
export async function assertThreadsStand(
  tx: Transaction,
  brand: ImportedBrand,
  applied: string,
  threads: readonly RecordKey[],
): Promise<void> {
  const [opened] = tx.opened as readonly Opened[];
  if (opened === undefined || opened.applied === applied) return;
  if (BigInt(opened.displaced) > BigInt(applied)) throw new Outdated();
  if (threads.length === 0) return;
  if ((await placesOfFollowed(tx, brand, 'threads', threads, applied)).size > 0) throw new Outdated();
}

/** A brand's following position: the number of its last transaction; 0 before the first. */
export async function readApplied(pool: Pool, brandId: string): Promise<string> {
  const [row] = await ask<{ applied: string }>(
    pool,
    'SELECT applied FROM carryover.followings WHERE brand_id = $1',
    [brandId],
  );
  return row?.applied ?? '0';
}

/** The opening of a transaction that ends with `assertApplied` unless the brand's following position is unchanged. */
export function lockedApplied(brand: ImportedBrand): string {
  return `${accountLock('shared', brand.accountId)}; SELECT applied FROM carryover.followings WHERE brand_id = ${brand.id}`;
}

/** Throws Outdated if following has written anything since. */
export function assertApplied(tx: Transaction, applied: string): void {
  const [opened] = tx.opened as readonly { readonly applied: string }[];
  if ((opened?.applied ?? '0') !== applied) throw new Outdated();
}

/** The indexes of keys that following has brought since its position `since`. */
async function placesOfFollowed(
  tx: Transaction,
  brand: ImportedBrand,
  table: SourceTable,
  keys: readonly RecordKey[],
  since: string,
): Promise<ReadonlySet<number>> {
  const { rows } = await tx.query<{ n: string }>(
    `SELECT v.n FROM unnest($3::bytea[], $4::bytea[]) WITH ORDINALITY AS v (range_key, hash_key, n)
     JOIN carryover.followed_keys k ON k.brand_id = $1 AND k.source_table = $2 AND k.range_key = v.range_key
       AND k.hash_key = v.hash_key AND k.applied > $5`,
    [brand.id, table, keys.map(rangeBytes), keys.map((key) => hashBytes(table, key)), since],
  );
  return new Set(rows.map(({ n }) => Number(n) - 1));
}

/** A record whose latest state following has brought to a brand. */
export interface FollowedRecord {
  /** The store's id. */
  readonly brandId: string;
  readonly table: SourceTable;
  readonly key: RecordKey;
  /** The number of the transaction that brought it. */
  readonly applied: string;
}

export async function noteFollowed(tx: Transaction, records: readonly FollowedRecord[]): Promise<void> {
  if (records.length === 0) return;
  await tx.query(
    `INSERT INTO carryover.followed_keys (brand_id, source_table, range_key, hash_key, applied)
     SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[], $5::bigint[])
     ON CONFLICT (brand_id, source_table, range_key, hash_key) DO UPDATE SET applied = excluded.applied`,
    [
      records.map(({ brandId }) => brandId),
      records.map(({ table }) => table),
      records.map(({ key }) => rangeBytes(key)),
      records.map(({ table, key }) => hashBytes(table, key)),
      records.map(({ applied }) => applied),
    ],
  );
}

/**
 * Forgets the keys of an account (Conversations' id), or of one of its brands (the store's id), that no import will write any more. Keeps all while a
 * verification runs.
 */
export async function forgetFollowed(tx: Transaction, accountId: string, brandId?: string): Promise<void> {
  await tx.query(
    `DELETE FROM carryover.followed_keys k USING brands b, accounts a
     WHERE a.source_id = $1 AND b.account_id = a.id AND k.brand_id = b.id AND ($2::bigint IS NULL OR b.id = $2)
       AND NOT EXISTS (SELECT FROM carryover.verifications v WHERE v.kind = 'conversations' AND v.subject = $1 AND v.state = 'running')
       AND EXISTS (
         SELECT FROM carryover.phases p WHERE p.unit_id = b.unit_id AND p.pass = 'copy' AND p.phase = CASE
           WHEN k.source_table = 'messages' AND k.range_key >= convert_to(a.migration ->> 'recentSince', 'UTF8') THEN 'recent'
           ELSE 'remaining' END
         AND NOT EXISTS (SELECT FROM carryover.work w WHERE (w.unit_id, w.pass, w.run, w.phase) = (p.unit_id, p.pass, p.run, p.phase)
           AND NOT w.done))`,
    [accountId, brandId ?? null],
  );
}

function rangeBytes({ range }: RecordKey): Buffer {
  return Buffer.from(range);
}

/** A thread's hash key is its brand. */
function hashBytes(table: SourceTable, { hash }: RecordKey): Buffer {
  return table === 'threads' ? Buffer.alloc(0) : createHash('sha256').update(JSON.stringify(hash)).digest();
}

function bytesLiteral(text: string): string {
  return `'\\x${Buffer.from(text).toString('hex')}'::bytea`;
}
