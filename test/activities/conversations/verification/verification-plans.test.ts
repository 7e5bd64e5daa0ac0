import type pg from 'pg';
import { expect, test } from 'vitest';
import { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { Verifier } from './verification-world.js';

const BRAND = 'br_1_1';
const AT = '2026-10-15T12:00:00.000Z';
const THREADS = 100;
const MESSAGES = 4 * THREADS;

/** As EXPLAIN writes it. */
interface Plan {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly Plan[];
}

test('an extra message is found with a few rows read for each message, also where statistics are of an earlier verification', async () => {
  const world = await ImportWorld.open();
  try {
    await world.account('acc_1', BRAND);
    const names = Array.from({ length: THREADS }, (_, n) => `thr_${n}`);
    await world.put(
      'threads',
      names.map((name) => threadItem(BRAND, name)),
    );
    await world.put(
      'messages',
      names.flatMap((name) => [1, 2, 3, 4].map((n) => messageItem(BRAND, name, `${name}_${n}`, AT))),
    );
    await world.importPhase(BRAND, 'recent');
    await world.complete(BRAND, 'recent');
    await world.query(
      `INSERT INTO carryover.verification_marks (verification_id, brand_id, kind, row_key)
       SELECT 1000, id, 'message', n::text FROM brands, generate_series(1, ${10 * MESSAGES}) n`,
    );
    await world.query('ANALYZE');
    await world.query(
      `INSERT INTO messages (thread_id, source_id, direction, kind, author, body, sent_at, source_key, source_thread_id)
       SELECT thread_id, 'extra', direction, kind, author, body, sent_at, source_key, source_thread_id FROM messages LIMIT 1`,
    );
    const plans: Plan[] = [];
    const explaining = world.changing(async (statement, send, connection) => {
      const { name, text, values } = statement as pg.QueryConfig;
      if (name === 'read-threads-by-marks') {
        const { rows } = await connection.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
        plans.push(rows[0]['QUERY PLAN'][0].Plan);
      }
      return send();
    });
    const verifier = new Verifier(world, explaining);
    await verifier.verify([BRAND]);
    expect(await verifier.findings('acc_1')).toContain('messages extra extra');
    expect(plans.length).toBeGreaterThan(0);
    // Reading all shown messages for each thread would be a hundred rows for each message.
    expect(plans.reduce((sum, plan) => sum + rowsOf(plan), 0)).toBeLessThan(20 * MESSAGES);
  } finally {
    await world.close();
  }
});

/** How many rows the plan's nodes have gone through. */
function rowsOf(plan: Plan): number {
  const removed = (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Join Filter'] ?? 0);
  const below = (plan.Plans ?? []).reduce((sum, each) => sum + rowsOf(each), 0);
  return (plan['Actual Rows'] + removed) * plan['Actual Loops'] + below;
}
