import { WRITABLE } from '../../domain/inbox/writes.js';
import type { Transaction } from '../store/sql/transaction.js';

/** The columns that name an inbox, a contact inbox, a contact or a conversation, and that a move knows: by table. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  agent_bot_inboxes: ['inbox_id'],
  applied_slas: ['conversation_id'],
  calls: ['inbox_id', 'conversation_id', 'contact_id'],
  campaigns: ['inbox_id'],
  captain_inboxes: ['inbox_id'],
  contact_inboxes: ['contact_id', 'inbox_id'],
  conversation_participants: ['conversation_id'],
  conversations: ['inbox_id', 'contact_id', 'contact_inbox_id'],
  csat_survey_responses: ['conversation_id', 'contact_id'],
  inbox_assignment_policies: ['inbox_id'],
  inbox_capacity_limits: ['inbox_id'],
  inbox_members: ['inbox_id'],
  integrations_hooks: ['inbox_id'],
  mentions: ['conversation_id'],
  messages: ['inbox_id', 'conversation_id'],
  notes: ['contact_id'],
  reporting_events: ['inbox_id', 'conversation_id'],
  sla_events: ['inbox_id', 'conversation_id'],
  webhooks: ['inbox_id'],
  working_hours: ['inbox_id'],
};

/** Tables that a move cannot do without. `calls` came with 4.13. */
const NEEDED = Object.keys(KNOWN).filter((table) =>
  ['contact_inboxes', 'conversations', 'messages', 'notes', 'reporting_events', 'sla_events'].includes(table),
);

/** Tables that a move only reads, and those that it changes. */
const USED = [
  ...['accounts', 'account_users', 'access_tokens', 'attachments', 'inboxes', 'team_members', 'users'],
  ...Object.keys(WRITABLE),
];
const RIGHTS = { inserted: 'INSERT', updated: 'UPDATE', deleted: 'DELETE' } as const;

/** Rights by table. */
const NEEDED_RIGHTS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  USED.map((table) => [table, ['SELECT', ...(WRITABLE[table] ?? []).map((sort) => RIGHTS[sort])]]),
);

/** 4.10: `contact_inboxes.source_id` is text since then. */
const OLDEST_VERSION = '20260101000000';
/** The newest version whose tables this code was checked against. */
const NEWEST_VERSION = '20260507000000';

const MENDED = 'What mends it is said by: carryover doctor chatwoot';

export interface Inventory {
  /** `table.column`, of columns that no move knows. */
  readonly unknownColumns: readonly string[];
  readonly missingTables: readonly string[];
  /** `UPDATE on messages`, `USAGE on sequence contact_inboxes_id_seq`. */
  readonly missingRights: readonly string[];
  /** Undefined if Rails' table of versions is missing. */
  readonly version: string | undefined;
}

/** Looks at the whole database: forks add tables, and a role may lack rights. Changes nothing. */
export async function takeInventory(tx: Pick<Transaction, 'query'>): Promise<Inventory> {
  const { rows: columns } = await tx.query<{ table: string; column: string }>(
    `SELECT c.relname AS table, a.attname AS column
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attname IN ('inbox_id', 'contact_inbox_id', 'contact_id', 'conversation_id') AND NOT a.attisdropped
       AND c.relkind IN ('r', 'p') AND n.nspname NOT IN ('carryover', 'pg_catalog', 'information_schema') AND NOT c.relispartition
     ORDER BY 1, 2`,
  );
  const unknownColumns = columns
    .filter(({ table, column }) => KNOWN[table]?.includes(column) !== true)
    .map(({ table, column }) => `${table}.${column}`);
  const held = await tables(tx);
  const missingTables = NEEDED.filter((table) => !held.has(table));
  const wanted = Object.entries(NEEDED_RIGHTS).flatMap(([table, rights]) =>
    held.has(table) ? rights.map((right) => ({ table, right })) : [],
  );
  const { rows: lacking } = await tx.query<{ right: string; table: string }>(
    `SELECT w.right, w.table FROM unnest($1::text[], $2::text[]) AS w("table", "right")
     WHERE NOT has_table_privilege('public.' || quote_ident(w.table), w.right) ORDER BY 2, 1`,
    [wanted.map(({ table }) => table), wanted.map(({ right }) => right)],
  );
  const { rows: sequences } = await tx.query<{ name: string }>(
    `SELECT split_part(s.name, '.', 2) AS name FROM (
       SELECT pg_get_serial_sequence('public.' || quote_ident(w.table), 'id') AS name FROM unnest($1::text[]) AS w("table") OFFSET 0) AS s
     WHERE NOT has_sequence_privilege(s.name, 'USAGE') ORDER BY 1`,
    [wanted.flatMap(({ table, right }) => (right === 'INSERT' ? [table] : []))],
  );
  const missingRights = [
    ...lacking.map(({ right, table }) => `${right} on ${table}`),
    ...sequences.map(({ name }) => `USAGE on sequence ${name}`),
  ];
  return { unknownColumns, missingTables, missingRights, version: await version(tx, held) };
}

/** Whether Chatwoot is too old for moves. */
export function isTooOld({ version: held }: Inventory): boolean {
  return held !== undefined && held < OLDEST_VERSION;
}

/** Why nothing can be moved in this database; undefined if it can. */
export function refusalOf(inventory: Inventory): string | undefined {
  const { unknownColumns, missingTables, missingRights, version: held } = inventory;
  if (missingTables.length > 0)
    return `This is not a Chatwoot database: it lacks the tables ${missingTables.join(', ')}.`;
  if (isTooOld(inventory))
    return `This Chatwoot is older than 4.10 (schema ${held ?? ''}). Upgrade it first.`;
  if (unknownColumns.length > 0)
    return `The database has columns that a move does not know: ${unknownColumns.join(', ')}. ${MENDED}`;
  if (missingRights.length > 0)
    return `The role of CHATWOOT_DATABASE_URL lacks rights: ${missingRights.join(', ')}. ${MENDED}`;
  return undefined;
}

/** Whether Chatwoot is newer than the versions that this code was made for. */
export function isUnknownNewer({ version: held }: Inventory): boolean {
  return held !== undefined && held > NEWEST_VERSION;
}

async function tables(tx: Pick<Transaction, 'query'>): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')`,
  );
  return new Set(rows.map(({ name }) => name));
}

async function version(
  tx: Pick<Transaction, 'query'>,
  held: ReadonlySet<string>,
): Promise<string | undefined> {
  if (!held.has('schema_migrations')) return undefined;
  const { rows } = await tx.query<{ version: string | null }>(
    'SELECT max(version) AS version FROM public.schema_migrations',
  );
  return rows[0]?.version ?? undefined;
}
