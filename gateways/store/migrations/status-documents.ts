import type pg from 'pg';
import { STATUS_CHANNEL } from '../../../domain/engine/ids.js';
import { type MigrationRef, migrationKey } from '../../../domain/engine/migration-ref.js';
import { ask } from '../sql/ask.js';
import type { Transaction } from '../sql/transaction.js';

/** The answer to a poll of one migration, as the status writer left it. */
export interface StatusDocument {
  readonly subject: string;
  /** JSON text. */
  readonly document: string;
  /** Increases with every change. */
  readonly version: string;
  readonly changedAt: Date;
}

/** A read takes one row by its key; if it takes longer than this, the store is unhealthy. */
const TIMEOUT_MS = 3_000;

/** Reads the documents of those migrations of a kind that have one, in no particular order. Throws StoreUnavailable. */
export async function readStatusDocuments(
  pool: pg.Pool,
  kind: string,
  subjects: readonly string[],
): Promise<StatusDocument[]> {
  const query = {
    name: 'status-documents',
    text: `SELECT subject, document, version, changed_at AS "changedAt" FROM carryover.status_documents
      WHERE kind = $1 AND subject = ANY($2)`,
    values: [kind, subjects],
    query_timeout: TIMEOUT_MS,
  };
  return ask<StatusDocument>(pool, query);
}

export interface NewStatusDocument {
  readonly subject: string;
  /** JSON text. */
  readonly document: string;
  /** Counts that the kind stores beside its document, so that a later change need not read everything. */
  readonly tally: object;
}

/**
 * Writes the documents whose text has changed, with increasing versions. Announces the changes once they are committed, and answers their subjects.
 */
export async function writeStatusDocuments(
  tx: Transaction,
  kind: string,
  documents: readonly NewStatusDocument[],
): Promise<ReadonlySet<string>> {
  if (documents.length === 0) return new Set();
  const subjects = documents.map(({ subject }) => subject);
  const texts = documents.map(({ document }) => document);
  const tallies = documents.map(({ tally }) => JSON.stringify(tally));
  const rows = await tx.rows<{ subject: string }>`
    WITH next AS (
      SELECT subject, document, tally::jsonb AS tally
      FROM unnest(${subjects}::text[], ${texts}::text[], ${tallies}::text[]) AS next (subject, document, tally)
    ), counted AS (
      UPDATE carryover.status_documents AS held SET tally = next.tally, tally_version = held.version FROM next
      WHERE held.kind = ${kind} AND held.subject = next.subject AND held.document = next.document
        AND (held.tally IS DISTINCT FROM next.tally OR held.tally_version IS DISTINCT FROM held.version)
      RETURNING held.subject
    ), written AS (
      INSERT INTO carryover.status_documents AS held (kind, subject, document, version, changed_at, tally, tally_version)
      SELECT ${kind}, subject, document, 1, clock_timestamp(), tally, 1 FROM next
      WHERE subject NOT IN (SELECT subject FROM counted) ORDER BY subject
      ON CONFLICT (kind, subject) DO UPDATE
        SET document = excluded.document, version = held.version + 1, changed_at = clock_timestamp(),
          tally = excluded.tally, tally_version = held.version + 1
        WHERE held.document <> excluded.document
      RETURNING subject)
    SELECT subject, pg_notify(${STATUS_CHANNEL}, ${migrationKey({ kind, subject: '' })} || subject)::text AS notified FROM written`;
  return new Set(rows.map(({ subject }) => subject));
}

/** Announces a change of the migration's status once it is committed; a rollback announces nothing. */
export async function announceStatus(tx: Transaction, migration: MigrationRef): Promise<void> {
  await tx.run`SELECT pg_notify(${STATUS_CHANNEL}, ${migrationKey(migration)})`;
}

/** The tally that belongs to the current document; undefined if another version of this program wrote the document. */
export async function readTally(tx: Transaction, { kind, subject }: MigrationRef): Promise<unknown> {
  const [row] = await tx.rows<{ tally: unknown }>`
    SELECT tally FROM carryover.status_documents
    WHERE kind = ${kind} AND subject = ${subject} AND tally_version = version AND tally IS NOT NULL`;
  return row?.tally;
}
