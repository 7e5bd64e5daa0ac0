/**
 * A row of `attachments` is in one of three states. Each condition must equal, word for word, that of an index by brand. A search for a brand's
 * attachments in one state can then use no index over all attachments, which the planner would prefer with statistics older than an import.
 */
export const ATTACHMENT_STATES = {
  /** Never tried, being fetched, or between two tries: index `attachments_to_fetch`. */
  waiting: `stored_url IS NULL AND (error ->> 'final')::boolean IS NOT TRUE`,
  /** Failed for good: index `attachments_failed_brand`. */
  failed: `stored_url IS NULL AND coalesce((error ->> 'final')::boolean, false)`,
  /** Index `attachments_stored`. */
  stored: 'stored_url IS NOT NULL',
} as const;

/** The same attachments as `waiting`, for all brands by `waiting_since`: the condition of index `attachments_waiting`. */
export const WAITING_ANYWHERE = `stored_url IS NULL AND NOT coalesce((error ->> 'final')::boolean, false)`;

/** SQL: all of a brand's rows in any state, as one column `attachment`. */
export function attachmentsOfBrand(brandId: string): string {
  return Object.values(ATTACHMENT_STATES)
    .map(
      (state) => `SELECT attachments AS attachment FROM attachments WHERE brand_id = ${brandId} AND ${state}`,
    )
    .join(' UNION ALL ');
}
