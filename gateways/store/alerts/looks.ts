/** Finds everything that needs a person, one process at a time for each kind, and records it. */

import type { AlertCondition, AlertEvent, DestinationName } from '../../../domain/engine/alerts/alert.js';
import { ask } from '../sql/ask.js';
import { type Pool, type Transaction, transaction } from '../sql/transaction.js';
import { CLAIMED_FOR } from './deliveries.js';

/** A look that takes longer is given up, and another process may look. */
const LEASE = "interval '5 minutes'";
/** How long an intermittent problem must be gone before it is resolved. */
const SETTLED_AFTER = "interval '10 minutes'";
const KEPT_FOR = "interval '90 days'";

const BEGIN = `
  INSERT INTO carryover.alert_looks AS l (kind, lease, due_at)
  SELECT $1, 1, clock_timestamp() + ${LEASE}
  WHERE NOT EXISTS (SELECT FROM carryover.alert_looks WHERE kind = $1 AND due_at > clock_timestamp())
  ON CONFLICT (kind) DO UPDATE SET lease = l.lease + 1, due_at = excluded.due_at WHERE l.due_at <= clock_timestamp()
  RETURNING lease::text`;

/** The lease of a look that begins now; undefined if none is due. Throws StoreUnavailable. */
export async function beginLook(pool: Pool, kind: string): Promise<string | undefined> {
  return (await ask<{ lease: string }>(pool, BEGIN, [kind]))[0]?.lease;
}

export interface Look {
  readonly kind: string;
  readonly lease: string;
  /** Everything of the kind that needs a person now. */
  readonly conditions: readonly AlertCondition[];
  /** Sorts of intermittent problems. */
  readonly flickering: readonly string[];
  readonly destinations: readonly {
    readonly name: DestinationName;
    readonly events: readonly AlertEvent[];
  }[];
  /** Until the next look is due. */
  readonly againAfterMs: number;
}

/**
 * Records the findings of a look in one transaction: raises new alerts, and resolves those that are gone. An open alert gets one message to each
 * destination, however often it is found; a resolved one gets another message wherever the first may have arrived. Returns undefined, and changes
 * nothing, if another look has begun meanwhile. Throws StoreUnavailable.
 */
export async function endLook(
  pool: Pool,
  look: Look,
): Promise<{ readonly raised: number; readonly resolved: number } | undefined> {
  return transaction(pool, 'alerts', async (tx) => {
    const held = await tx.query(
      `UPDATE carryover.alert_looks SET due_at = clock_timestamp() + make_interval(secs => $3::float8 / 1000) WHERE kind = $1 AND lease = $2`,
      [look.kind, look.lease, look.againAfterMs],
    );
    if (held.rowCount === 0) return undefined;
    const resolved = await resolve(tx, look);
    const raised = await raise(tx, look);
    await tx.query(
      `INSERT INTO carryover.alert_deliveries (alert_id, destination, event)
       SELECT a.id, d.name, 'raised' FROM carryover.alerts a CROSS JOIN unnest($2::text[]) AS d (name)
       WHERE a.kind = $1 AND a.resolved_at IS NULL
         AND NOT EXISTS (SELECT FROM carryover.alert_deliveries k WHERE (k.alert_id, k.destination) = (a.id, d.name))`,
      [look.kind, toldOf(look, 'raised')],
    );
    return { raised, resolved };
  });
}

function toldOf({ destinations }: Look, event: AlertEvent): readonly DestinationName[] {
  return destinations.filter(({ events }) => events.includes(event)).map(({ name }) => name);
}

async function resolve(tx: Transaction, look: Look): Promise<number> {
  const { kind, conditions, flickering } = look;
  const keys = conditions.map(({ key }) => key);
  const { rows } = await tx.query<{ id: string; resolved: boolean }>(
    `UPDATE carryover.alerts a SET absent_since = coalesce(absent_since, now()),
       resolved_at = CASE WHEN sort = ANY ($3) AND coalesce(absent_since, now()) > now() - ${SETTLED_AFTER} THEN NULL ELSE now() END
     WHERE kind = $1 AND resolved_at IS NULL AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS f (key) WHERE f.key = a.key)
     RETURNING id, resolved_at IS NOT NULL AS resolved`,
    [kind, keys, flickering],
  );
  await tx.query(
    `UPDATE carryover.alerts SET absent_since = NULL
     WHERE kind = $1 AND resolved_at IS NULL AND absent_since IS NOT NULL AND key = ANY ($2)`,
    [kind, keys],
  );
  await tx.query(`DELETE FROM carryover.alerts WHERE kind = $1 AND resolved_at < now() - ${KEPT_FOR}`, [
    kind,
  ]);
  const resolved = rows.filter((row) => row.resolved).map(({ id }) => id);
  if (resolved.length > 0) await tellResolved(tx, resolved, toldOf(look, 'resolved'));
  return resolved.length;
}

/**
 * Withdraws unsent messages. Where a message may have arrived, the destination gets `alert.resolved`: at once or, if a process may be sending the
 * message now, after the longest time that a delivery takes.
 */
async function tellResolved(
  tx: Transaction,
  alerts: readonly string[],
  destinations: readonly DestinationName[],
): Promise<void> {
  await tx.query(
    `SELECT FROM carryover.alert_deliveries WHERE alert_id = ANY ($1) ORDER BY alert_id, destination FOR UPDATE`,
    [alerts],
  );
  await tx.query(
    `WITH first AS (SELECT * FROM carryover.alert_deliveries WHERE alert_id = ANY ($1)),
       gone AS (DELETE FROM carryover.alert_deliveries WHERE alert_id = ANY ($1) AND sent_at IS NULL)
     INSERT INTO carryover.alert_deliveries (alert_id, destination, event, next_try_at)
     SELECT alert_id, destination, 'resolved',
       CASE WHEN sent_at IS NULL THEN least(next_try_at, clock_timestamp() + ${CLAIMED_FOR}) ELSE clock_timestamp() END
     FROM first WHERE tries > 0 AND destination = ANY ($2)`,
    [alerts, destinations],
  );
}

async function raise(tx: Transaction, { kind, conditions }: Look): Promise<number> {
  // Keeps the first of several things with one key.
  const found = [...new Map(conditions.toReversed().map((each) => [each.key, each])).values()];
  const { rowCount } = await tx.query(
    `INSERT INTO carryover.alerts (kind, key, sort, subject, told)
     SELECT $1, f ->> 'key', f ->> 'sort', f ->> 'subject', f - 'key' FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS e (f, place)
     WHERE NOT EXISTS (SELECT FROM carryover.alerts a WHERE a.kind = $1 AND a.key = f ->> 'key' AND a.resolved_at IS NULL)
     ORDER BY place`,
    [kind, JSON.stringify(found.toReversed())],
  );
  return rowCount ?? 0;
}
