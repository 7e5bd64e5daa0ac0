import { alertOfQuarantine, alertOfThing } from '../../domain/conversations/alerts.js';
import {
  FAILURE_KINDS,
  type FailedThing,
  type FailureKind,
} from '../../domain/conversations/failed-things.js';
import { CONVERSATIONS } from '../../domain/conversations/migration.js';
import { OPERATION_COMMANDS } from '../../domain/conversations/operations.js';
import { type AlertCondition, alertOfEntry } from '../../domain/engine/alerts/alert.js';
import { SHARED_TITLES, refusedEntry, stalledEntry } from '../../domain/engine/failures/report.js';
import { quarantinedShares } from '../../gateways/store/conversations/quarantine/quarantined-shares.js';
import { listFailures } from '../../gateways/store/conversations/status/failures/list.js';
import { stalledMigrations } from '../../gateways/store/conversations/status/report.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { type AlertSource, refusedAlerts, waveAlerts } from '../engine/alert-source.js';

const PAGE = 1_000;

/**
 * Everything in the list of failures except single records and attachments, accounts with a large share in quarantine, and everything else in the
 * report.
 *
 * @param quarantinePercent the share above which quarantine needs a person
 */
export function conversationsAlerts(pool: Pool, quarantinePercent: number): AlertSource {
  return {
    flickering: ['following', 'stalled'],
    async find() {
      const found: AlertCondition[] = [];
      for (const kind of FAILURE_KINDS)
        if (kind !== 'quarantine') found.push(...(await alertsOf(pool, kind)));
      found.push(...(await quarantinedShares(pool, quarantinePercent)).map(alertOfQuarantine));
      const stalled = (await stalledMigrations(pool)).map(stalledEntry);
      found.push(
        ...stalled.map((entry) =>
          alertOfEntry(entry, { id: entry.account_id, title: SHARED_TITLES.stalled }),
        ),
        ...(await refusedAlerts(pool, CONVERSATIONS, (each) => refusedEntry(each, OPERATION_COMMANDS))),
        ...(await waveAlerts(pool, CONVERSATIONS)),
      );
      return found;
    },
  };
}

async function alertsOf(pool: Pool, kind: FailureKind): Promise<AlertCondition[]> {
  const found: AlertCondition[] = [];
  let last: FailedThing | undefined;
  do {
    const after = last === undefined ? undefined : { kind, id: last.id };
    const things = await listFailures(pool, { kind, after, limit: PAGE });
    const alerts = things.map(alertOfThing).filter((alert) => alert !== undefined);
    found.push(...alerts);
    // Brands whose attachments wait come before single attachments, of which there may be millions.
    last = things.length === PAGE && alerts.length === PAGE ? things.at(-1) : undefined;
  } while (last !== undefined);
  return found;
}
