import type pg from 'pg';

export interface LoggedBatches {
  readonly unitId: string;
  readonly pass: string;
  readonly phase: string;
  readonly stage: string;
  readonly batches: number;
  /** Records read. */
  readonly read: number;
}

/** From now on the store keeps every batch that is committed, also when its slices are removed later. */
export async function logBatches(store: pg.Pool): Promise<void> {
  await store.query(`
    CREATE TABLE logged_batches (unit_id bigint, pass text, run bigint, phase text, stage text, read bigint);
    CREATE FUNCTION log_batch() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO logged_batches VALUES (new.unit_id, new.pass, new.run, new.phase, new.stage, new.read - old.read);
        RETURN NULL;
      END $$;
    CREATE TRIGGER log_batch AFTER UPDATE OF batches ON carryover.work
      FOR EACH ROW WHEN (new.batches > old.batches) EXECUTE FUNCTION log_batch()`);
}

export async function loggedBatches(store: pg.Pool): Promise<LoggedBatches[]> {
  const { rows } = await store.query<LoggedBatches>(
    `SELECT unit_id::text AS "unitId", pass, phase, stage, count(*)::int AS batches, sum(read)::int AS read
     FROM logged_batches GROUP BY unit_id, pass, run, phase, stage`,
  );
  return rows;
}
