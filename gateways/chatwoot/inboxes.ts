import { inboxTypeOf, type InboxType } from '../../domain/inbox/inbox-type.js';
import type { Reads } from './connect.js';

export interface Inbox {
  readonly id: string;
  readonly name: string;
  readonly channelType: string;
  /** Undefined if it is not WhatsApp-like. */
  readonly type: InboxType | undefined;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly channel_type: string | null;
  readonly provider: string | null;
  readonly medium: number | null;
  readonly instance: unknown;
}

const COLUMNS =
  "i.id::text, i.name, i.channel_type, w.provider, t.medium, a.additional_attributes -> 'evolution_instance_name' AS instance";
const CHANNELS = `public.inboxes i
     LEFT JOIN public.channel_api a ON i.channel_type = 'Channel::Api' AND a.id = i.channel_id
     LEFT JOIN public.channel_whatsapp w ON i.channel_type = 'Channel::Whatsapp' AND w.id = i.channel_id
     LEFT JOIN public.channel_twilio_sms t ON i.channel_type = 'Channel::TwilioSms' AND t.id = i.channel_id`;

/** The account's inboxes, or those of them with these ids, by id. */
export async function readInboxes(read: Reads, accountId: string, ids?: readonly string[]): Promise<Inbox[]> {
  const rows = await read<Row & object>(
    `SELECT ${COLUMNS} FROM ${CHANNELS}
     WHERE i.account_id = $1 AND ($2::bigint[] IS NULL OR i.id = ANY ($2)) ORDER BY i.id`,
    [accountId, ids ?? null],
  );
  return rows.map(inboxOf);
}

function inboxOf({ id, name, channel_type, provider, medium, instance }: Row): Inbox {
  const type = inboxTypeOf({ channelType: channel_type, provider, medium, evolutionInstance: instance });
  return { id, name, channelType: channel_type ?? '', type };
}

export interface SourceInbox extends Inbox {
  readonly accountId: string;
  readonly account: string;
  readonly conversations: number;
}

/** WhatsApp-like inboxes of all accounts whose name or account has these words, by account and name. */
export async function findSources(read: Reads, words: string, limit: number): Promise<SourceInbox[]> {
  const rows = await read<Row & Pick<SourceInbox, 'accountId' | 'account' | 'conversations'> & object>(
    `SELECT ${COLUMNS}, i.account_id::text AS "accountId", c.name AS account,
       (SELECT count(*) FROM public.conversations v WHERE v.inbox_id = i.id)::integer AS conversations
     FROM ${CHANNELS} JOIN public.accounts c ON c.id = i.account_id
     WHERE (t.medium = 1 OR w.provider IN ('whatsapp_cloud', 'default') OR coalesce(a.additional_attributes ->> 'evolution_instance_name', '') <> '')
       AND (strpos(lower(i.name), lower($1)) > 0 OR strpos(lower(c.name), lower($1)) > 0 OR c.id::text = $1)
     ORDER BY lower(c.name), c.id, lower(i.name), i.id LIMIT $2`,
    [words, limit],
  );
  return rows.map(({ accountId, account, conversations, ...row }) => ({
    ...inboxOf(row),
    accountId,
    account,
    conversations,
  }));
}

/** The account's WhatsApp-like inboxes into which the source can be moved now, with their conversations counted, by id. */
export async function readDestinations(
  read: Reads,
  accountId: string,
  source: string,
): Promise<(Inbox & { readonly conversations: number })[]> {
  const inboxes = (await readInboxes(read, accountId)).filter(
    ({ id, type }) => id !== source && type !== undefined,
  );
  const rows = await read<{ id: string; conversations: number; isEmptied: boolean }>(
    `SELECT i.id::text, (SELECT count(*) FROM public.conversations c WHERE c.inbox_id = i.id)::integer AS conversations,
       EXISTS (SELECT FROM carryover.inbox_migrations m WHERE m.source_inbox_id = i.id AND m.status IN ('queued', 'running')) AS "isEmptied"
     FROM unnest($1::integer[]) AS i(id)`,
    [inboxes.map(({ id }) => id)],
  );
  const counted = new Map(rows.map((row) => [row.id, row]));
  return inboxes.flatMap((inbox) => {
    const found = counted.get(inbox.id);
    return found === undefined || found.isEmptied ? [] : [{ ...inbox, conversations: found.conversations }];
  });
}
