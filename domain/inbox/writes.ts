/** What a move and its reverse may write in Chatwoot's own tables. */

export const WRITE_SORTS = ['inserted', 'updated', 'deleted'] as const;
export type WriteSort = (typeof WRITE_SORTS)[number];

/** By table of the schema `public`. In all other tables a batch must not write a single row. */
export const WRITABLE: Readonly<Record<string, readonly WriteSort[]>> = {
  contact_inboxes: ['inserted', 'updated', 'deleted'],
  contacts: ['inserted', 'updated', 'deleted'],
  conversations: ['updated'],
  messages: ['updated'],
  reporting_events: ['updated'],
  reporting_events_rollups: ['inserted', 'updated', 'deleted'],
  sla_events: ['updated'],
  calls: ['updated'],
  csat_survey_responses: ['updated'],
  notes: ['updated'],
  taggings: ['inserted', 'updated', 'deleted'],
  tags: ['updated'],
  companies: ['updated'],
  active_storage_attachments: ['inserted', 'updated', 'deleted'],
  inbox_members: ['inserted', 'deleted'],
};

/** How many rows of a table were written, as PostgreSQL counts them. */
export interface TableWrites extends Readonly<Record<WriteSort, number>> {
  readonly table: string;
}

/** The forbidden ones of these writes, in words: `accounts (3 updated)`. */
export function forbiddenWrites(written: readonly TableWrites[]): string[] {
  return written.flatMap(({ table, ...counts }) => {
    const may = WRITABLE[table] ?? [];
    return WRITE_SORTS.filter((sort) => counts[sort] > 0 && !may.includes(sort)).map(
      (sort) => `${table} (${counts[sort]} ${sort})`,
    );
  });
}
