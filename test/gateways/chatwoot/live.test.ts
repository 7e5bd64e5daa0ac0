import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INBOUND } from '../../../dev/sample/chatwoot/inbound.js';
import { isUnderWay } from '../../../domain/inbox/view.js';
import { statusOf } from '../../../gateways/chatwoot/migrations.js';
import { runBatch } from '../../../gateways/chatwoot/move/batch.js';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { brokenRules, migrationOf, queueMove } from '../../support/inbox-moves.js';

const KILLS = Number(process.env['INBOX_KILLS'] ?? 12);
const NAME = 'mover';

let database: ChatwootDatabase;
beforeEach(async () => {
  database = await chatwootDatabase({ seed: 3, contacts: 150, source: 'cloud', destination: 'twilio' });
});
afterEach(() => database.drop());

/** Runs batches until the migration has ended. An interrupted batch is repeated under its number, with a later lease. */
async function moveWhileKilled(id: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: database.url, max: 1, application_name: NAME });
  pool.on('error', () => undefined);
  pool.on('connect', (connection) => void connection.on('error', () => undefined));
  let lease = 1;
  for (let batch = 1; isUnderWay(await statusOf(database.pool, id));) {
    const fence = { slice: `live-${id}`, lease: String(lease), batch };
    const judged = await runBatch(pool, id, { conversations: 12, messages: 80 }, { fence, note: '' }).catch(
      () => undefined,
    );
    if (judged === undefined) lease += 1;
    else batch += 1;
  }
  await pool.end();
}

test('a move whose worker is killed again and again, while customers write to both numbers, loses nothing and leaves nothing', async () => {
  const { pool } = database;
  const before = await pool.query<{ id: number }>('SELECT id FROM messages');
  const id = await queueMove(pool);
  const end = new AbortController();
  const { signal } = end;
  const moved = moveWhileKilled(id).finally(() => end.abort());
  const written: number[] = [];
  const write = async (): Promise<void> => {
    for (let n = 0; !signal.aborted; n += 1) {
      const { rows } = await pool.query<{ id: number }>(INBOUND, [1 + (n % 2), String(n)]);
      written.push(...rows.map((row) => row.id));
    }
  };
  const kill = async (): Promise<void> => {
    for (let kills = 0; !signal.aborted && kills < KILLS;) {
      const { rowCount } = await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE $1 AND state <> 'idle' AND random() < 0.3`,
        [`${NAME}%`],
      );
      kills += rowCount ?? 0;
    }
  };
  await Promise.all([moved, write(), kill()]);
  expect(await migrationOf(pool, id)).toMatchObject({ status: 'completed' });
  expect(written.length).toBeGreaterThan(0);
  const held = await pool.query<{ id: number }>('SELECT id FROM messages');
  const ids = new Set(held.rows.map((row) => row.id));
  expect([...before.rows.map((row) => row.id), ...written].filter((each) => !ids.has(each))).toEqual([]);
  // Messages after the last look at the source belong to the next move.
  const again = await queueMove(pool);
  await moveWhileKilled(again);
  expect(await brokenRules(pool)).toEqual([]);
});
