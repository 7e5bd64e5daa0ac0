/**
 * A row of `attachments` is in one of three states, each the condition of an index by brand, word for word. So what seeks a brand's files in one
 * state can take no index with all files in it, which the planner prefers where its statistics are older than an import.
 */
export const ATTACHMENT_STATES = {
  /** Never tried, being fetched, or between two tries: `attachments_to_fetch`. */
  waiting: `stored_url IS NULL AND (error ->> 'final')::boolean IS NOT TRUE`,
  /** For good: `attachments_failed_brand`. */
  failed: `stored_url IS NULL AND coalesce((error ->> 'final')::boolean, false)`,
  /** `attachments_stored`. */
  stored: 'stored_url IS NOT NULL',
} as const;

/** Of all brands, by `waiting_since`: the condition of `attachments_waiting`. The same files as `waiting`. */
export const WAITING_ANYWHERE = `stored_url IS NULL AND NOT coalesce((error ->> 'final')::boolean, false)`;

/** All of a brand's rows, in whatever state: a query with one column, `attachment`. */
export function attachmentsOfBrand(brandId: string): string {
  return Object.values(ATTACHMENT_STATES)
    .map(
      (state) => `SELECT attachments AS attachment FROM attachments WHERE brand_id = ${brandId} AND ${state}`,
    )
    .join(' UNION ALL ');
}
