import { migrationOf } from '../../../../domain/conversations/migration.js';
import type { Clock } from '../../../../domain/engine/clock.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool } from '../../sql/transaction.js';

/** Threads removed together, messages for each statement, and other rows for each statement. */
const THREADS = 500;
const MESSAGES = 5_000;
const ROWS = 5_000;

export interface RemovalTerms {
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds since 1970. The next call continues. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Called after each statement. */
  beat(): void;
}

/**
 * Removes an account's imported data in short statements: verifications, messages with their attachments, threads, quarantine, superseded copies,
 * contacts. Numbers, channels and brands stay. Returns true when nothing is left; another call continues. No import may run meanwhile.
 */
export async function removeImported(pool: Pool, accountId: string, terms: RemovalTerms): Promise<boolean> {
  const [account] = await ask<{ id: string; brands: string[] }>(
    pool,
    `SELECT a.id, coalesce(array_agg(b.id) FILTER (WHERE b.id IS NOT NULL), '{}')::text[] AS brands
     FROM accounts a LEFT JOIN brands b ON b.account_id = a.id WHERE a.source_id = $1 GROUP BY a.id`,
    [accountId],
  );
  if (!account) return true;
  const { kind, subject } = migrationOf(accountId);
  const removal = new Removal(pool, terms);
  return (
    (await removal.repeat(VERIFICATION_MARKS, [account.brands])) &&
    (await removal.repeat(VERIFICATIONS, [kind, subject])) &&
    (await removal.threads(account.brands)) &&
    (await removal.repeat(QUARANTINE, [account.brands])) &&
    (await removal.repeat(SUPERSEDED, [account.brands])) &&
    (await removal.repeat(CONTACTS, [account.id]))
  );
}

const VERIFICATION_MARKS = some('carryover.verification_marks', 'ctid', 'brand_id = ANY ($1::bigint[])');
const VERIFICATIONS = some('carryover.verifications', 'id', 'kind = $1 AND subject = $2');
const QUARANTINE = some('quarantined_records', 'id', 'brand_id = ANY ($1::bigint[])');
const SUPERSEDED = some('carryover.superseded_copies', 'id', 'brand_id = ANY ($1::bigint[])');
const CONTACTS = some(
  'contacts',
  'id',
  'account_id = $1 AND NOT EXISTS (SELECT FROM message_threads t WHERE t.contact_id = contacts.id)',
);

function some(table: string, key: string, which: string): string {
  return `
    WITH gone AS (
      DELETE FROM ${table} WHERE ${key} = ANY (ARRAY(SELECT ${key} FROM ${table} WHERE ${which} LIMIT ${ROWS}))
      RETURNING 1
    ) SELECT count(*)::integer AS count FROM gone`;
}

/** Removes attachments with their messages. */
const SOME_MESSAGES = `
  WITH gone AS (
    DELETE FROM messages WHERE id = ANY (ARRAY(
      SELECT id FROM messages WHERE thread_id = ANY ($1::bigint[]) LIMIT ${MESSAGES})) RETURNING id
  ), files AS (
    DELETE FROM attachments a USING gone WHERE a.message_id = gone.id
  ) SELECT count(*)::integer AS count FROM gone`;

class Removal {
  constructor(
    private readonly pool: Pool,
    private readonly terms: RemovalTerms,
  ) {}

  /** Repeats the statement until it finds nothing; false if the time is up first. */
  async repeat(statement: string, values: unknown[]): Promise<boolean> {
    for (;;) {
      this.terms.signal.throwIfAborted();
      if (this.terms.clock.now() >= this.terms.until) return false;
      const [row] = await ask<{ count: number }>(this.pool, statement, values);
      this.terms.beat();
      if ((row?.count ?? 0) === 0) return true;
    }
  }

  async threads(brands: readonly string[]): Promise<boolean> {
    for (;;) {
      const rows = await ask<{ id: string }>(
        this.pool,
        `SELECT id FROM message_threads WHERE brand_id = ANY ($1::bigint[]) LIMIT ${THREADS}`,
        [brands],
      );
      if (rows.length === 0) return true;
      const ids = rows.map(({ id }) => id);
      if (!(await this.repeat(SOME_MESSAGES, [ids]))) return false;
      await transaction(this.pool, 'remove-threads', async (tx) => {
        // No transaction can add a source to a locked thread.
        await tx.query('SELECT FROM message_threads WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE', [
          ids,
        ]);
        await tx.query('DELETE FROM thread_sources WHERE thread_id = ANY ($1::bigint[])', [ids]);
        await tx.query('DELETE FROM message_threads WHERE id = ANY ($1::bigint[])', [ids]);
      });
      this.terms.beat();
    }
  }
}
