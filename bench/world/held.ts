import type { BenchDatabase } from './database.js';
import { brandOf } from './source.js';
import type { Shape } from './source.js';

/** What the store holds of one brand: equal for every program that has written the same records. */
export interface Held {
  readonly contacts: number;
  readonly threads: number;
  readonly sourceThreads: number;
  readonly messages: number;
  /** The sum of hashes of all messages with their texts, times, JSON and contacts. */
  readonly digest: string;
}

export async function heldOf({ pool }: BenchDatabase, shape: Shape): Promise<Held> {
  const { rows } = await pool.query<Held>(
    `WITH t AS (SELECT message_threads.* FROM message_threads JOIN brands ON brands.id = brand_id
       WHERE brands.source_id = $1)
     SELECT (SELECT count(DISTINCT contact_id)::float8 FROM t) AS contacts,
       (SELECT count(*)::float8 FROM t) AS threads,
       (SELECT count(*)::float8 FROM thread_sources JOIN t ON t.id = thread_id) AS "sourceThreads",
       count(*)::float8 AS messages,
       coalesce(sum(hashtextextended(concat_ws('|', m.source_id, t.c1, t.c2, direction, kind, author, body,
         extract(epoch FROM sent_at), telephony, metadata), 0)), 0)::text AS digest
     FROM messages AS m JOIN t ON t.id = m.thread_id`,
    [brandOf(shape)],
  );
  const [held] = rows;
  if (held === undefined) throw new Error('a count has no row');
  return held;
}

/** Throws unless each run has left the same rows. */
export function assertSame(runs: readonly { readonly held: Held }[]): void {
  const [first, ...others] = runs.map(({ held }) => JSON.stringify(held));
  const other = others.find((held) => held !== first);
  if (other !== undefined) throw new Error(`the store holds different rows: ${first} and ${other}`);
}
