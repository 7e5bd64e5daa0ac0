import type pg from 'pg';

export interface LoggedBatches {
  readonly brandId: string;
  readonly phase: string;
  readonly source: string;
  readonly batches: number;
  /** Records read. */
  readonly read: number;
}

/** From now on the store keeps every batch that is committed, also when its slices are removed later. */
export async function logBatches(store: pg.Pool): Promise<void> {
  await store.query(`
    CREATE TABLE logged_batches (brand_id bigint, phase text, source text, read bigint);
    CREATE FUNCTION log_batch() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO logged_batches VALUES (new.brand_id, new.phase, new.source, new.read - old.read);
        RETURN NULL;
      END $$;
    CREATE TRIGGER log_batch AFTER UPDATE OF batches ON import_slices
      FOR EACH ROW WHEN (new.batches > old.batches) EXECUTE FUNCTION log_batch()`);
}

export async function loggedBatches(store: pg.Pool): Promise<LoggedBatches[]> {
  const { rows } = await store.query<LoggedBatches>(
    `SELECT brand_id::text AS "brandId", phase, source, count(*)::int AS batches, sum(read)::int AS read
     FROM logged_batches GROUP BY 1, 2, 3`,
  );
  return rows;
}
