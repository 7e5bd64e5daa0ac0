/** The facts about a waiting account that only the kind `conversations` has. */

import type { FailureFact } from '../../../../domain/engine/explain/facts.js';
import type { RecordedFailure } from '../../../../domain/engine/failures/failures.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

export interface AccountExplainFacts {
  readonly failures: readonly FailureFact[];
  /** Numbers that the carrier has not ported yet. */
  readonly openPorts: { readonly count: number; readonly since: Date | null };
  /** Numbers that the carrier refused, or whose order it could not carry out. */
  readonly failedPorts: { readonly count: number; readonly since: Date | null };
  /** Ported numbers whose last messages are being imported. */
  readonly catchingUp: number;
}

/** At most so many failed brands. */
const MOST = 100;

const OPEN = "'pending', 'submitted', 'foc'";
const FAILED = "'exception', 'cancelled', 'refused'";

/** Includes brands that belong to another account. A dump whose second part is still to come is recorded beside the status. */
const FACTS = `
  SELECT a.migration -> 'failure' AS failure,
    (SELECT coalesce(jsonb_agg(f), '[]') FROM (
      (SELECT b.source_id AS unit, b.migration -> 'failure' AS failure FROM brands b
      WHERE b.account_id = a.id AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE
        AND (b.migration ->> 'status' LIKE '%-failure' OR b.migration -> 'failure' ->> 'type' = 'DumpIncomplete')
      ORDER BY b.id LIMIT ${MOST})
      UNION ALL
      (SELECT key, value FROM jsonb_each(nullif(a.migration -> 'foreignBrands', 'null')) ORDER BY key LIMIT ${MOST})) f) AS brands,
    p.*
  FROM accounts a CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status IN (${OPEN}))::integer AS open_ports,
      min(greatest(status_at, created_at)) FILTER (WHERE status IN (${OPEN})) AS ports_since,
      count(*) FILTER (WHERE status IN (${FAILED}))::integer AS failed_ports,
      min(greatest(status_at, created_at)) FILTER (WHERE status IN (${FAILED})) AS failed_since,
      count(*) FILTER (WHERE catching_up_since IS NOT NULL)::integer AS catching_up
    FROM phone_portings WHERE account_id = a.id) p
  WHERE a.source_id = $1`;

interface Row {
  readonly [column: string]: unknown;
  readonly failure: RecordedFailure | null;
  readonly brands: readonly { readonly unit: string; readonly failure: RecordedFailure | null }[];
  readonly open_ports: number;
  readonly ports_since: Date | null;
  readonly failed_ports: number;
  readonly failed_since: Date | null;
  readonly catching_up: number;
}

/** In one statement. Undefined for an unknown account. Throws StoreUnavailable. */
export async function readAccountExplainFacts(
  pool: Pool,
  accountId: string,
): Promise<AccountExplainFacts | undefined> {
  const [row] = await ask<Row>(pool, FACTS, [accountId]);
  if (row === undefined) return undefined;
  const all = [{ unit: null, failure: row.failure }, ...row.brands];
  return {
    failures: all.flatMap(({ unit, failure }) => (failure === null ? [] : [{ unit, ...failure }])),
    openPorts: { count: row.open_ports, since: row.ports_since },
    failedPorts: { count: row.failed_ports, since: row.failed_since },
    catchingUp: row.catching_up,
  };
}
