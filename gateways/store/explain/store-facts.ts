/** Reads what the store knows of a migration of any kind that may explain why it waits. */

import type {
  HeldBackFact,
  LeaseFact,
  PhaseFact,
  RetryFact,
  StoreFacts,
  ThrottledFact,
  UndeliveredFact,
} from '../../../domain/engine/explain/facts.js';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { NOT_STARTED } from '../../../domain/engine/steering.js';
import { STEERING_COLUMN, type SteeringColumn, steeringOf } from '../migrations/migrations.js';
import { REFUSED } from '../migrations/refused-messages.js';
import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';
import { NOTE_EXPIRES_SECONDS } from '../work/notes.js';
import { LEASE_SECONDS } from '../work/slices.js';

/** At most so many rows of each sort: more would say nothing new. */
const MOST = 100;

const OF_MIGRATION = 'kind = $1 AND subject = $2';

const UNDELIVERED = `
  SELECT coalesce(jsonb_agg(o), '[]') FROM (
    SELECT signal, created_at AS since, tries, next_try_at AS "nextTryAt" FROM carryover.workflow_messages
    WHERE ${OF_MIGRATION} AND delivered_at IS NULL AND refused_at IS NULL ORDER BY id LIMIT ${MOST}) o`;

/** A later message that the same workflow accepted resolves a refusal. */
const LAST_REFUSED = `
  SELECT jsonb_build_object('signal', signal, 'since', refused_at,
    'reason', CASE WHEN starts_with(outcome, '${REFUSED}') THEN substr(outcome, ${REFUSED.length + 1}) ELSE 'no reason was recorded' END)
  FROM carryover.workflow_messages r
  WHERE ${OF_MIGRATION} AND refused_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM carryover.workflow_messages l WHERE l.workflow_id = r.workflow_id AND l.id > r.id AND l.delivered_at IS NOT NULL)
  ORDER BY id DESC LIMIT 1`;

const RETRIES = `
  SELECT coalesce(jsonb_agg(r), '[]') FROM (
    SELECT activity, unit, item, phase, type, message, attempt, since, next_try_at AS "nextTryAt" FROM carryover.retries
    WHERE ${OF_MIGRATION} AND expires_at > clock_timestamp() ORDER BY since LIMIT ${MOST}) r`;

const LEASES = `
  SELECT coalesce(jsonb_agg(l), '[]') FROM (
    SELECT split_part(split_part(leased_by, '#', 1), '/', 1) AS "runId", count(*) AS slices,
      max(leased_until) - interval '${LEASE_SECONDS} seconds' AS "renewedAt", max(leased_until) AS until
    FROM carryover.work w WHERE NOT w.done AND w.leased_by IS NOT NULL AND w.leased_until > clock_timestamp() AND OF_PHASE
    GROUP BY leased_by) l`;

const SLICES = `
  SELECT count(*) FILTER (WHERE NOT done) AS open, coalesce(sum(read), 0) AS read,
    coalesce(sum(greatest(estimate - read, 0)) FILTER (WHERE NOT done), 0) AS left,
    max(updated_at) FILTER (WHERE batches > 0) AS "lastBatchAt"
  FROM carryover.work w WHERE OF_PHASE`;

const OF_PHASE = '(w.unit_id, w.pass, w.run, w.phase) = (p.unit_id, p.pass, p.run, p.phase)';

function unlessExpired(column: string): string {
  return `CASE WHEN (p.${column} ->> 'at')::timestamptz > now() - interval '${NOTE_EXPIRES_SECONDS} seconds' THEN p.${column} END`;
}

/** The latest: failed units leave others behind. */
const PHASES = `
  SELECT coalesce(jsonb_agg(f), '[]') FROM (
    SELECT p.key AS unit, p.pass, p.phase, p.planned_at AS "plannedAt", s.*,
      (${LEASES.replace('OF_PHASE', OF_PHASE)}) AS leases,
      ${unlessExpired('held_back')} AS "heldBack", ${unlessExpired('throttled')} AS throttled
    FROM (
      SELECT u.key, p.* FROM carryover.migrations m JOIN carryover.units u ON u.migration_id = m.id JOIN carryover.phases p ON p.unit_id = u.id
      WHERE m.kind = $1 AND m.subject = $2 AND p.completed_at IS NULL
        AND (p.pass IN ('copy', 'undo') OR EXISTS (SELECT FROM carryover.verifications v WHERE v.id = p.run AND v.state = 'running'))
      ORDER BY p.planned_at DESC, p.unit_id LIMIT ${MOST}) p
    CROSS JOIN LATERAL (${SLICES.replace('OF_PHASE', OF_PHASE)}) s
    ORDER BY p.planned_at, p.unit_id) f`;

const FACTS = `
  SELECT clock_timestamp() AS now, m.status, ${STEERING_COLUMN},
    (SELECT changed_at FROM carryover.status_documents WHERE ${OF_MIGRATION}) AS changed_at,
    (${UNDELIVERED}) AS undelivered, (${LAST_REFUSED}) AS refused, (${RETRIES}) AS retries,
    EXISTS (SELECT FROM carryover.verifications WHERE ${OF_MIGRATION} AND state = 'running') AS verifying, (${PHASES}) AS phases
  FROM (SELECT) one LEFT JOIN carryover.migrations m ON m.kind = $1 AND m.subject = $2`;

interface Row {
  readonly [column: string]: unknown;
  readonly now: Date;
  readonly status: string | null;
  readonly steering: SteeringColumn;
  readonly changed_at: Date | null;
  readonly undelivered: readonly UndeliveredFact[];
  readonly refused: StoreFacts['refused'];
  readonly retries: readonly RetryFact[];
  readonly verifying: boolean;
  readonly phases: readonly PhaseFact[];
}

/** In one statement, whose size does not depend on the migration's. The store's time is the one to compare with. Throws StoreUnavailable. */
export async function readStoreFacts(
  pool: Pool,
  { kind, subject }: MigrationRef,
): Promise<{ readonly now: string; readonly store: StoreFacts }> {
  const [row] = await ask<Row>(pool, FACTS, [kind, subject]);
  if (row === undefined) throw new Error('The store has answered without a row.');
  return {
    now: row.now.toISOString(),
    store: {
      status: row.status ?? 'none',
      changedAt: row.changed_at?.toISOString() ?? null,
      steering: steeringOf(row.steering) ?? NOT_STARTED,
      undelivered: row.undelivered.map((message) => ({
        ...message,
        ...times(message, 'since', 'nextTryAt'),
      })),
      refused: row.refused && { ...row.refused, ...times(row.refused, 'since') },
      retries: row.retries.map((retry) => ({ ...retry, ...times(retry, 'since', 'nextTryAt') })),
      verifying: row.verifying,
      phases: row.phases.map(phaseFact),
    },
  };
}

function phaseFact(phase: PhaseFact): PhaseFact {
  const { leases, heldBack, throttled } = phase;
  return {
    ...phase,
    ...times(phase, 'plannedAt', 'lastBatchAt'),
    leases: leases.map((lease): LeaseFact => ({ ...lease, ...times(lease, 'renewedAt', 'until') })),
    heldBack: heldBack && ({ ...heldBack, ...times(heldBack, 'since') } satisfies HeldBackFact),
    throttled: throttled && ({ ...throttled, ...times(throttled, 'since') } satisfies ThrottledFact),
  };
}

/** PostgreSQL writes times in JSON with an offset and microseconds. */
function times<Fact extends object, Name extends keyof Fact & string>(
  fact: Fact,
  ...names: readonly Name[]
): Pick<Fact, Name> {
  const written = names.map((name) => {
    const time = fact[name];
    return [name, typeof time === 'string' ? new Date(time).toISOString() : time] as const;
  });
  return Object.fromEntries(written) as Pick<Fact, Name>;
}
