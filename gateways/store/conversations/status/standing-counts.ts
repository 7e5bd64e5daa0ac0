import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

export async function countPorts(
  pool: Pool,
): Promise<readonly { readonly status: string; readonly count: number }[]> {
  return ask(
    pool,
    `SELECT status, count(*)::float8 AS count FROM phone_portings GROUP BY status ORDER BY status`,
  );
}

/** Of records that nobody has waived. */
export async function countQuarantined(
  pool: Pool,
): Promise<readonly { readonly table: string; readonly count: number }[]> {
  return ask(
    pool,
    `SELECT source_table AS "table", count(*)::float8 AS count FROM quarantined_records WHERE waived_at IS NULL
     GROUP BY source_table ORDER BY source_table`,
  );
}
