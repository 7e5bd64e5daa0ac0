import type pg from 'pg';
import type { InboxType } from '../../domain/inbox/inbox-type.js';

/** People who are known to two inboxes, 1 and 2, by arbitrary numbers. */
export interface World {
  readonly source: InboxType;
  readonly destination: InboxType;
  readonly people: readonly {
    readonly phone: string | null;
    readonly identifier: string | null;
    /** By which numbers the source knows them, each with a conversation. */
    readonly here: readonly string[];
    readonly there: readonly string[];
    /** Whether they have written to a third inbox. */
    readonly isElsewhere: boolean;
    /** Conversations of the source without a contact inbox. */
    readonly loose: number;
  }[];
}

const CHANNELS: Readonly<Record<InboxType, string>> = {
  evolution: `INSERT INTO channel_api (id, account_id, created_at, updated_at, identifier, additional_attributes)
    VALUES (ID, 1, now(), now(), 'api-ID', '{"evolution_instance_name": "store"}')`,
  cloud: `INSERT INTO channel_whatsapp (id, account_id, phone_number, provider, created_at, updated_at) VALUES (ID, 1, '+1555000990ID', 'whatsapp_cloud', now(), now())`,
  dialog: `INSERT INTO channel_whatsapp (id, account_id, phone_number, provider, created_at, updated_at) VALUES (ID, 1, '+1555000990ID', 'default', now(), now())`,
  twilio: `INSERT INTO channel_twilio_sms (id, account_id, phone_number, auth_token, account_sid, medium, created_at, updated_at)
    VALUES (ID, 1, 'whatsapp:+1555000990ID', 'a', 'bID', 1, now(), now())`,
};
const TYPE = {
  evolution: 'Channel::Api',
  cloud: 'Channel::Whatsapp',
  dialog: 'Channel::Whatsapp',
  twilio: 'Channel::TwilioSms',
};

/** Builds worlds in one database, each replacing the one before. */
export class ChatwootWorld {
  constructor(private readonly pool: pg.Pool) {}

  async build({ source, destination, people }: World): Promise<void> {
    const statements = [
      `TRUNCATE accounts, channel_api, channel_whatsapp, channel_twilio_sms, inboxes, contacts, contact_inboxes, conversations, messages, notes RESTART IDENTITY`,
      `TRUNCATE carryover.inbox_migrations, carryover.inbox_identities, carryover.inbox_plan, carryover.inbox_moved, carryover.inbox_tails, carryover.inbox_merged,
         carryover.inbox_journal, carryover.carryover_fences`,
      `INSERT INTO accounts (id, name, created_at, updated_at) VALUES (1, 'Corner Bakery', now(), now())`,
      ...[source, destination].map((type, n) => CHANNELS[type].replaceAll('ID', String(n + 1))),
      `INSERT INTO inboxes (id, channel_id, account_id, name, channel_type, created_at, updated_at) VALUES
         (1, 1, 1, 'Old number', '${TYPE[source]}', now(), now()), (2, 2, 1, 'New number', '${TYPE[destination]}', now(), now()), (3, 3, 1, 'Website', 'Channel::WebWidget', now(), now())`,
    ];
    await this.pool.query(statements.join(';'));
    const taken = new Set<string>();
    for (const [n, person] of people.entries()) {
      const contact = n + 1;
      const identifier = taken.has(`i${person.identifier}`) ? null : person.identifier;
      taken.add(`i${identifier}`);
      await this.pool.query(
        `INSERT INTO contacts (id, account_id, name, phone_number, identifier, created_at, updated_at, blocked) VALUES ($1, 1, $2, $3, $4, now(), now(), $5)`,
        [
          contact,
          n % 3 === 0 ? ' ' : `Somebody ${n}`,
          person.phone && `+${person.phone}`,
          identifier,
          n % 4 === 0,
        ],
      );
      await this.pool.query(
        `INSERT INTO notes (content, account_id, contact_id, created_at, updated_at) VALUES ('A note', 1, $1, now(), now())`,
        [contact],
      );
      for (const [inbox, type, numbers] of [
        [1, source, person.here],
        [2, destination, person.there],
      ] as const)
        for (const digits of numbers) {
          const sourceId = formOf(type, digits, contact);
          if (taken.has(`${inbox} ${sourceId}`)) continue;
          taken.add(`${inbox} ${sourceId}`);
          await this.talk(inbox, contact, sourceId);
        }
      if (person.isElsewhere) await this.talk(3, contact, `web-${n}`);
      for (let loose = 0; loose < person.loose; loose += 1) await this.talk(1, contact, null);
    }
    await this.pool.query(`SELECT setval('contacts_id_seq', 1000)`);
  }

  private async talk(inbox: number, contact: number, sourceId: string | null): Promise<void> {
    await this.pool.query(
      `WITH box AS (
         INSERT INTO contact_inboxes (contact_id, inbox_id, source_id, created_at, updated_at, hmac_verified)
         SELECT $2::bigint, $1::bigint, $3::text, now(), now(), $1::bigint = 1 WHERE $3::text IS NOT NULL RETURNING id),
       talk AS (
         INSERT INTO conversations (account_id, inbox_id, contact_id, contact_inbox_id, display_id, created_at, updated_at)
         VALUES (1, $1::bigint, $2::bigint, (SELECT id FROM box), 0, now(), now()) RETURNING id)
       INSERT INTO messages (account_id, inbox_id, conversation_id, message_type, sender_type, sender_id, created_at, updated_at)
       SELECT 1, $1::bigint, talk.id, 0, 'Contact', $2::bigint, now(), now() FROM talk, generate_series(1, 2)`,
      [inbox, contact, sourceId],
    );
  }
}

function formOf(type: InboxType, digits: string, contact: number): string {
  if (type === 'twilio') return digits.startsWith('US.') ? `whatsapp:${digits}` : `whatsapp:+${digits}`;
  // Evolution's does not identify the person.
  return type === 'evolution' ? `${digits}-of-${contact}` : digits;
}
