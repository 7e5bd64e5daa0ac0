import { BatchSize } from '../../activities/inbox/batch-size.js';
import { SAMPLE } from '../../dev/sample/chatwoot/generate.js';
import { isUnderWay } from '../../domain/inbox/view.js';
import { systemClock as clock } from '../../gateways/clock.js';
import { openReverse, statusOf } from '../../gateways/chatwoot/migrations.js';
import { runBatch } from '../../gateways/chatwoot/move/batch.js';
import type { BenchChatwoot } from './world.js';

/** How long a way took, and the longest time for which it held locks. */
export interface Moved {
  readonly seconds: number;
  readonly longestLockMs: number;
}

const HANGING = ['reporting_events', 'sla_events', 'calls'] as const;

/** As Carryover's worker does it: batches with a fence, a journal, merges, sweeps, rollups and checks. */
export async function ours({ pool }: BenchChatwoot): Promise<Moved> {
  const { rows } = await pool.query<{ id: string }>(
    'INSERT INTO carryover.inbox_migrations (account_id, source_inbox_id, destination_inbox_id) VALUES ($1, $2, $3) RETURNING id::text',
    [SAMPLE.account, SAMPLE.source, SAMPLE.destination],
  );
  return inBatches(pool, rows[0]?.id ?? '');
}

/** Reverses what `ours` has moved. */
export async function back({ pool }: BenchChatwoot): Promise<Moved> {
  return inBatches(pool, await openReverse(pool, '1'));
}

async function inBatches(pool: BenchChatwoot['pool'], id: string): Promise<Moved> {
  const size = new BatchSize(500);
  let longestLockMs = 0;
  const begun = clock.elapsed();
  for (let batch = 1; isUnderWay(await statusOf(pool, id)); batch += 1) {
    const fence = { slice: `bench-${id}`, lease: '1', batch };
    const { lockMs = 0 } = await size.measured((limits) => runBatch(pool, id, limits, { fence, note: '' }));
    longestLockMs = Math.max(longestLockMs, lockMs);
  }
  const seconds = (clock.elapsed() - begun) / 1_000;
  const status = await statusOf(pool, id);
  if (status !== 'completed') throw new Error(`the migration is ${status}`);
  return { seconds, longestLockMs };
}

/** The limit: one UPDATE a table, in one transaction. It merges nobody, and leaves source ids as they are. */
export async function plain({ pool }: BenchChatwoot): Promise<Moved> {
  const client = await pool.connect();
  const begun = clock.elapsed();
  try {
    await client.query('BEGIN');
    await client.query(
      `UPDATE public.contact_inboxes b SET inbox_id = $2 WHERE inbox_id = $1
       AND NOT EXISTS (SELECT FROM public.contact_inboxes o WHERE o.inbox_id = $2 AND o.source_id = b.source_id)`,
      [SAMPLE.source, SAMPLE.destination],
    );
    for (const table of ['messages', ...HANGING])
      await client.query(
        `UPDATE public.${table} t SET inbox_id = $2 FROM public.conversations c WHERE c.id = t.conversation_id AND c.inbox_id = $1`,
        [SAMPLE.source, SAMPLE.destination],
      );
    await client.query('UPDATE public.conversations SET inbox_id = $2 WHERE inbox_id = $1', [
      SAMPLE.source,
      SAMPLE.destination,
    ]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  const ms = clock.elapsed() - begun;
  return { seconds: ms / 1_000, longestLockMs: ms };
}

/** As a job of the application does it: ids in memory, 500 in a slice, and one conversation after the other in a transaction of its own. */
export async function rowByRow({ pool }: BenchChatwoot): Promise<Moved> {
  const begun = clock.elapsed();
  let longestLockMs = 0;
  const { rows } = await pool.query<{ id: number; box: string | null }>(
    'SELECT id, contact_inbox_id::text AS box FROM public.conversations WHERE inbox_id = $1 ORDER BY id',
    [SAMPLE.source],
  );
  const client = await pool.connect();
  try {
    for (let from = 0; from < rows.length; from += 500) {
      for (const { id, box } of rows.slice(from, from + 500)) {
        const since = clock.elapsed();
        await client.query('BEGIN');
        await client.query(
          `UPDATE public.contact_inboxes b SET inbox_id = $2 WHERE id = $1 AND inbox_id = $3
           AND NOT EXISTS (SELECT FROM public.contact_inboxes o WHERE o.inbox_id = $2 AND o.source_id = b.source_id)`,
          [box, SAMPLE.destination, SAMPLE.source],
        );
        await client.query('UPDATE public.conversations SET inbox_id = $2 WHERE id = $1', [
          id,
          SAMPLE.destination,
        ]);
        for (const table of ['messages', ...HANGING])
          await client.query(`UPDATE public.${table} SET inbox_id = $2 WHERE conversation_id = $1`, [
            id,
            SAMPLE.destination,
          ]);
        await client.query('COMMIT');
        longestLockMs = Math.max(longestLockMs, clock.elapsed() - since);
      }
    }
  } finally {
    client.release();
  }
  return { seconds: (clock.elapsed() - begun) / 1_000, longestLockMs };
}
