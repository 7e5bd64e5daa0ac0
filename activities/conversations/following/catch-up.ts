import pLimit from 'p-limit';
import { hintOfKey } from '../../../domain/conversations/following/hints.js';
import type { ApplyHints, FollowedBrand } from '../../../domain/conversations/following/hints.js';
import { pollFrom } from '../../../domain/conversations/following/polling.js';
import type { SourceTable } from '../../../domain/conversations/records/rows.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import { queryNewer } from '../../../gateways/dynamodb/polling/newer-keys.js';
import type { Cursor } from '../../../gateways/dynamodb/ranges.js';
import { endCatchingUp, portsCatchingUp } from '../../../gateways/store/conversations/account/catching-up.js';
import type { CatchingUpPort } from '../../../gateways/store/conversations/account/catching-up.js';
import type { StatusContext } from '../../../gateways/store/conversations/status/status-draft.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';

export interface CatchUpDependencies extends Required<Pick<StatusContext, 'clock' | 'logger'>> {
  readonly store: { readonly pool: Pool };
  readonly tables: SourceTables;
  readonly apply: ApplyHints;
}

/** Imports the last messages of ported numbers of accounts that are followed in this way. */
export type CatchUp = (by: 'stream' | 'poll', signal: AbortSignal) => Promise<void>;

/** Threads first, so that their messages find them. */
const TABLES: readonly SourceTable[] = ['threads', 'messages'];
const PAGE_KEYS = 200;
const PORTS_AT_ONCE = 4;

/**
 * Makes the channels of ported numbers ready. First, one pass over the newest keys of their brands imports what following has not read yet, so that
 * no conversation has a gap around the switch.
 *
 * - A change that cannot be applied now, as in a paused migration, becomes a waiting hint and delays no channel.
 * - While the source does not answer, the channels wait and the next call tries again. After ten minutes they become ready anyway: the number works,
 *   and following imports the messages once the source is back.
 *
 * A crash repeats the pass, which changes nothing; several callers may make it at once. Throws the first failure once all ports had their turn.
 */
export function createCatchUp(deps: CatchUpDependencies): CatchUp {
  return async (by, signal) => {
    const ports = await portsCatchingUp(deps.store.pool, by);
    const limit = pLimit(PORTS_AT_ONCE);
    const tried = await Promise.allSettled(ports.map((port) => limit(() => catchUp(deps, port, signal))));
    for (const one of tried) if (one.status === 'rejected') throw one.reason;
  };
}

async function catchUp(deps: CatchUpDependencies, port: CatchingUpPort, signal: AbortSignal): Promise<void> {
  const { accountId, channelId, brands, isOverdue } = port;
  signal.throwIfAborted();
  if (isOverdue) {
    const message =
      'The last messages of a ported number could not be brought in time; following brings them';
    deps.logger.warn({ accountId, channelId }, message);
  } else {
    for (const brand of brands) for (const table of TABLES) await bringNewest(deps, table, brand, signal);
  }
  await endCatchingUp(deps.store.pool, port, deps);
}

async function bringNewest(
  { tables, apply }: CatchUpDependencies,
  table: SourceTable,
  { readUntil, ...brand }: FollowedBrand & { readonly readUntil: Date },
  signal: AbortSignal,
): Promise<void> {
  const { brandId } = brand;
  let cursor: Cursor | undefined;
  do {
    const query = { brandId, from: pollFrom(readUntil), cursor, limit: PAGE_KEYS };
    const page = await queryNewer(tables, table, query, signal);
    const hints = page.keys.map((key) => hintOfKey(table, brandId, key));
    if (hints.length > 0) await apply(brand, hints, signal);
    cursor = page.next;
  } while (cursor !== undefined);
}
