import type { Cluster, HeldBox, SourceBox, SourceTalk } from '../../../domain/inbox/decide.js';
import { identityOf, possibleMatchOf } from '../../../domain/inbox/identity.js';
import type { InboxType } from '../../../domain/inbox/inbox-type.js';
import type { Transaction } from '../../store/sql/transaction.js';
import type { InboxMigration } from './migration.js';

export interface Planned {
  readonly ordinal: string;
  readonly contact: string | null;
  readonly box: string | null;
  readonly talk: string | null;
  readonly conversations: number;
  readonly messages: number;
}

export interface BatchLimits {
  readonly conversations: number;
  /** The approximate number of rows that change. */
  readonly messages: number;
  /** A batch that could be smaller is rolled back once it has held its locks for so long. Default: no limit. */
  readonly lockMs?: number;
}

/** The next rows of the plan that fit a batch; at least one, unless the plan is done. */
export async function nextPlanned(
  tx: Transaction,
  { id, position }: InboxMigration,
  limits: BatchLimits,
): Promise<Planned[]> {
  const { rows } = await tx.query<Planned>(
    `SELECT ordinal::text, contact_id::text AS contact, contact_inbox_id::text AS box, conversation_id::text AS talk,
       conversations::integer, messages::integer
     FROM carryover.inbox_plan WHERE migration_id = $1 AND ordinal > $2 ORDER BY inbox_plan.ordinal LIMIT $3`,
    [id, position, limits.conversations],
  );
  let conversations = 0;
  let messages = 0;
  const fits = rows.findIndex((row, n) => {
    conversations += row.conversations;
    messages += row.messages + row.conversations + 1;
    return n > 0 && (conversations > limits.conversations || messages > limits.messages);
  });
  return fits === -1 ? rows : rows.slice(0, fits);
}

interface TalkRow extends SourceTalk {
  readonly messages: number;
}

/** What the planned rows have in the source now. If a single contact exceeds a batch, returns as many of its conversations as fit, at least one. */
export async function readClusters(
  tx: Transaction,
  { source, destination }: InboxMigration,
  planned: readonly Planned[],
  limits: BatchLimits,
): Promise<Cluster[]> {
  const contacts = planned.flatMap(({ contact }) => contact ?? []);
  const boxes = await boxesOf(
    tx,
    source,
    contacts,
    planned.flatMap(({ box }) => box ?? []),
  );
  const talks = await talksOf(tx, source, {
    contacts,
    boxes: boxes.map(({ id }) => id),
    ids: planned.flatMap(({ talk }) => talk ?? []),
    limit: planned.length === 1 ? limits.conversations + 1 : undefined,
  });
  const people = await peopleOf(tx, contacts);
  const own = await ownOf(tx, destination, contacts);
  return planned.map(({ contact, box, talk }) => {
    const person = contact === null ? undefined : people.get(contact);
    const ofBoxes = boxes.filter((each) => (contact === null ? each.id === box : each.contact === contact));
    const boxIds = new Set(ofBoxes.map(({ id }) => id));
    const all = talks.filter((each) =>
      contact === null
        ? each.id === talk || (each.contact === null && each.box !== null && each.box === box)
        : each.contact === contact || (each.contact === null && each.box !== null && boxIds.has(each.box)),
    );
    const some = planned.length === 1 ? fitting(all, limits) : all;
    return {
      contact,
      hasContact: person !== undefined,
      identifier: person?.identifier ?? null,
      phoneNumber: person?.phoneNumber ?? null,
      boxes: ofBoxes,
      talks: some,
      own: contact === null ? [] : (own.get(contact) ?? []),
      isPartial: some.length < all.length,
    };
  });
}

function fitting(talks: readonly TalkRow[], limits: BatchLimits): readonly TalkRow[] {
  let messages = 0;
  const end = talks.findIndex((talk, n) => {
    messages += talk.messages;
    return n > 0 && (n >= limits.conversations || messages > limits.messages);
  });
  return end === -1 ? talks : talks.slice(0, end);
}

async function boxesOf(
  tx: Transaction,
  inbox: string,
  contacts: readonly string[],
  ids: readonly string[],
): Promise<(SourceBox & { readonly contact: string | null })[]> {
  const { rows } = await tx.query<SourceBox & { readonly contact: string | null }>(
    `SELECT b.id::text, b.contact_id::text AS contact, b.source_id AS "sourceId", c.identifier, c.phone_number AS "phoneNumber"
     FROM public.contact_inboxes b LEFT JOIN public.contacts c ON c.id = b.contact_id
     WHERE b.inbox_id = $1 AND (b.contact_id = ANY ($2::bigint[]) OR b.id = ANY ($3::bigint[])) ORDER BY b.id`,
    [inbox, contacts, ids],
  );
  return rows;
}

async function talksOf(
  tx: Transaction,
  inbox: string,
  of: {
    readonly contacts: readonly string[];
    readonly boxes: readonly string[];
    readonly ids: readonly string[];
    readonly limit: number | undefined;
  },
): Promise<TalkRow[]> {
  const { rows } = await tx.query<TalkRow>(
    `SELECT t.id::text, t.contact_id::text AS contact, t.contact_inbox_id::text AS box,
       CASE WHEN $5::integer IS NULL THEN 0 ELSE (SELECT count(*) FROM public.messages m WHERE m.conversation_id = t.id)::integer END AS messages
     FROM public.conversations t
     WHERE t.inbox_id = $1 AND (t.contact_id = ANY ($2::bigint[]) OR (t.contact_id IS NULL AND t.contact_inbox_id = ANY ($3::bigint[])) OR t.id = ANY ($4::integer[]))
     ORDER BY t.id LIMIT $5`,
    [inbox, of.contacts, of.boxes, of.ids, of.limit ?? null],
  );
  return rows;
}

interface Person {
  readonly identifier: string | null;
  readonly phoneNumber: string | null;
}

async function peopleOf(tx: Transaction, contacts: readonly string[]): Promise<Map<string, Person>> {
  const { rows } = await tx.query<Person & { readonly id: string }>(
    `SELECT id::text, identifier, phone_number AS "phoneNumber" FROM public.contacts WHERE id = ANY ($1::bigint[])`,
    [contacts],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

async function ownOf(
  tx: Transaction,
  destination: string,
  contacts: readonly string[],
): Promise<Map<string, HeldBox[]>> {
  const { rows } = await tx.query<{ readonly id: string; readonly contact: string }>(
    `SELECT id::text, contact_id::text AS contact FROM public.contact_inboxes
     WHERE contact_id = ANY ($1::bigint[]) AND inbox_id = $2 ORDER BY contact_inboxes.id`,
    [contacts, destination],
  );
  return grouped(
    rows,
    ({ contact }) => contact,
    ({ id, contact }) => ({ id, contact, hasContact: true, atStart: false }),
  );
}

/** The destination's contact inboxes with the identities of these clusters, or with identities that may be the same. */
export async function readHeld(
  tx: Transaction,
  { id, destination }: InboxMigration,
  type: InboxType,
  clusters: readonly Cluster[],
): Promise<Map<string, HeldBox[]>> {
  const identities = new Set<string>();
  for (const { boxes, identifier, phoneNumber } of clusters)
    for (const identity of [
      ...boxes.map((box) => identityOf(type, box)),
      identityOf('evolution', { identifier, phoneNumber, sourceId: '' }),
    ])
      for (const each of [identity, possibleMatchOf(identity)]) if (each !== null) identities.add(each);
  const { rows } = await tx.query<HeldBox & { readonly identity: string }>(
    `SELECT i.identity, b.id::text, b.contact_id::text AS contact, c.id IS NOT NULL AS "hasContact", i.at_start AS "atStart"
     FROM carryover.inbox_identities i JOIN public.contact_inboxes b ON b.id = i.contact_inbox_id AND b.inbox_id = $2
     LEFT JOIN public.contacts c ON c.id = b.contact_id
     WHERE i.migration_id = $1 AND i.identity = ANY ($3::text[]) ORDER BY b.id`,
    [id, destination, [...identities]],
  );
  return grouped(
    rows,
    ({ identity }) => identity,
    ({ id: box, contact, hasContact, atStart }) => ({ id: box, contact, hasContact, atStart }),
  );
}

function grouped<Row, Item>(
  rows: readonly Row[],
  key: (row: Row) => string,
  item: (row: Row) => Item,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), item(row)]);
  return groups;
}
