import type { FollowedBrand } from '../../../../domain/conversations/following/hints.js';
import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import type { StatusContext } from '../status/status-draft.js';
import { changeStatuses, lockAccount } from '../status/status-writer.js';
import { followPorts } from './porting-channels.js';

/** A ported number whose last messages at the source are being imported. */
export interface CatchingUpPort {
  readonly rowId: string;
  readonly accountId: string;
  /** The one that leads the port. */
  readonly channelId: string;
  /** The followed brands that have channels with the number, and the time up to which following has read each. */
  readonly brands: readonly (FollowedBrand & { readonly readUntil: Date })[];
  /** The channels have waited for too long and must become ready without the messages. */
  readonly isOverdue: boolean;
}

/** How long channels wait for a source that does not answer. Following imports the messages once it answers. */
const PATIENCE_MINUTES = 10;
/** At most this is read before the channels are ready. A follower that is further behind imports the older messages later. */
const LOOK_BACK = "interval '24 hours'";

/** SQL: the followed brands `f` with a channel of the number of the port `p`, with their accounts `g`. Excludes brands of dumps. */
const BRANDS_OF_PORT = `carryover.followed_brands f
  JOIN carryover.followed_accounts g ON g.account_id = f.account_id AND g.until IS NULL
  JOIN accounts a ON a.source_id = f.account_id AND a.id = p.account_id AND a.migration ->> 'dump' IS NULL
  JOIN brands b ON b.source_id = f.brand_id AND b.account_id = a.id
    AND EXISTS (SELECT FROM channels c WHERE c.brand_id = b.id AND c.phone_number = p.phone_number)`;

/**
 * Makes a ported number's channels wait for its last messages if any of their brands is followed. Returns whether they wait. The caller has locked
 * the account.
 */
export async function beginCatchingUp(tx: Transaction, portRowId: bigint): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE phone_portings p SET catching_up_since = clock_timestamp() WHERE p.id = $1 AND EXISTS (SELECT FROM ${BRANDS_OF_PORT})`,
    [String(portRowId)],
  );
  return rowCount === 1;
}

/** The ports that are catching up, of accounts followed in this way, longest waiting first. Excludes accounts that are being reset. */
export async function portsCatchingUp(pool: Pool, by: 'stream' | 'poll'): Promise<CatchingUpPort[]> {
  const rows = await ask<
    Omit<CatchingUpPort, 'brands'> & { brands: readonly (FollowedBrand & { readUntil: string })[] }
  >(
    pool,
    `SELECT p.id AS "rowId", l.source_id AS "channelId", o.source_id AS "accountId",
       p.catching_up_since < clock_timestamp() - make_interval(mins => ${PATIENCE_MINUTES}) AS "isOverdue",
       (SELECT coalesce(json_agg(json_build_object('accountId', f.account_id, 'brandId', f.brand_id, 'readUntil',
          greatest(p.catching_up_since - ${LOOK_BACK}, least(p.catching_up_since,
            CASE g.by WHEN 'stream' THEN (SELECT min(read_until) FROM carryover.follow_shards WHERE NOT is_read)
              ELSE (SELECT least(messages_until, threads_until) FROM carryover.polled_brands WHERE brand_id = f.brand_id) END)))
          ORDER BY f.joined), '[]') FROM ${BRANDS_OF_PORT}) AS brands
     FROM phone_portings p JOIN accounts o ON o.id = p.account_id JOIN channels l ON l.id = p.channel_id
     JOIN carryover.followed_accounts w ON w.account_id = o.source_id AND w.by = $1 AND w.until IS NULL
     JOIN carryover.migrations m ON m.subject = o.source_id AND m.kind = '${CONVERSATIONS}' AND m.resetting IS NULL
     WHERE p.catching_up_since IS NOT NULL ORDER BY p.catching_up_since`,
    [by],
  );
  return rows.map(({ brands, ...port }) => ({
    ...port,
    brands: brands.map((brand) => ({ ...brand, readUntil: new Date(brand.readUntil) })),
  }));
}

/** Makes the number's channels ready. A second call changes nothing. */
export async function endCatchingUp(
  pool: Pool,
  { accountId, rowId }: Pick<CatchingUpPort, 'accountId' | 'rowId'>,
  context?: StatusContext,
): Promise<void> {
  await transaction(pool, 'end-catching-up', async (tx) => {
    await lockAccount(tx, accountId);
    await end(tx, accountId, rowId, context);
  });
}

/** The same for all numbers of an account, in the transaction that ends its following. The caller has locked the account. */
export async function endAllCatchingUp(tx: Transaction, accountId: string): Promise<void> {
  await end(tx, accountId, null);
}

/** Without a port: all ports of the account. */
async function end(
  tx: Transaction,
  accountId: string,
  rowId: string | null,
  context?: StatusContext,
): Promise<void> {
  const { rows } = await tx.query<{ number: string }>(
    `UPDATE phone_portings p SET catching_up_since = NULL FROM accounts a
     WHERE a.id = p.account_id AND a.source_id = $1 AND ($2::bigint IS NULL OR p.id = $2) AND p.catching_up_since IS NOT NULL
     RETURNING p.phone_number AS number`,
    [accountId, rowId],
  );
  if (rows.length === 0) return;
  const ports = new Map(
    rows.map(({ number }) => [number, { status: 'complete', isCatchingUp: false } as const]),
  );
  await changeStatuses(tx, accountId, (draft) => followPorts(draft, ports), context);
}
