import type pg from 'pg';

/** Adds rows to a Chatwoot database, with what a test says and defaults for the rest. Accounts 1, inboxes 1 (source) and 2 (destination). */
export class ChatwootRows {
  constructor(readonly pool: pg.Pool) {}

  /** A business with a WhatsApp Cloud inbox as source and a Twilio one as destination, and nobody in them. */
  async business(): Promise<void> {
    await this.pool.query(`
      INSERT INTO accounts (id, name, created_at, updated_at) VALUES (1, 'Corner Bakery', now(), now());
      INSERT INTO channel_whatsapp (id, account_id, phone_number, provider, created_at, updated_at) VALUES (1, 1, '+15550000001', 'whatsapp_cloud', now(), now());
      INSERT INTO channel_twilio_sms (id, account_id, phone_number, auth_token, account_sid, medium, created_at, updated_at)
        VALUES (2, 1, 'whatsapp:+15550000002', 'a', 'b', 1, now(), now());
      INSERT INTO inboxes (id, channel_id, account_id, name, channel_type, created_at, updated_at) VALUES
        (1, 1, 1, 'Old number', 'Channel::Whatsapp', now(), now()), (2, 2, 1, 'New number', 'Channel::TwilioSms', now(), now()),
        (3, 3, 1, 'Website', 'Channel::WebWidget', now(), now());
      INSERT INTO users (id, name, uid, created_at, updated_at) SELECT n, 'Agent ' || n, 'a' || n, now(), now() FROM generate_series(1, 4) AS n;
      INSERT INTO account_users (account_id, user_id, role, created_at, updated_at) SELECT 1, n, CASE n WHEN 1 THEN 1 ELSE 0 END, now(), now() FROM generate_series(1, 4) AS n;
      INSERT INTO teams (id, name, account_id, created_at, updated_at) VALUES (1, 'sales', 1, now(), now());
      INSERT INTO team_members (team_id, user_id, created_at, updated_at) VALUES (1, 3, now(), now());`);
  }

  contact(fields: Row = {}): Promise<string> {
    return this.add('contacts', {
      account_id: 1,
      name: 'Somebody',
      created_at: 'now',
      updated_at: 'now',
      ...fields,
    });
  }

  box(inbox: number, contact: string, sourceId: string, fields: Row = {}): Promise<string> {
    return this.add('contact_inboxes', {
      ...{ inbox_id: inbox, contact_id: contact, source_id: sourceId, created_at: 'now', updated_at: 'now' },
      ...fields,
    });
  }

  /** With messages of its contact. */
  async talk(
    inbox: number,
    contact: string,
    box: string | null,
    messages = 1,
    fields: Row = {},
  ): Promise<string> {
    const id = await this.add('conversations', {
      ...{ account_id: 1, inbox_id: inbox, contact_id: contact, contact_inbox_id: box, display_id: 0 },
      ...{ created_at: 'now', updated_at: 'now', ...fields },
    });
    await this.messages(id, inbox, contact, messages);
    return id;
  }

  async messages(talk: string, inbox: number, contact: string, count = 1): Promise<void> {
    await this.pool.query(
      `INSERT INTO messages (account_id, inbox_id, conversation_id, message_type, sender_type, sender_id, created_at, updated_at)
       SELECT 1, $2, $1, 0, 'Contact', $3, now(), now() FROM generate_series(1, $4)`,
      [talk, inbox, contact, count],
    );
  }

  async add(table: string, row: Row): Promise<string> {
    const names = Object.keys(row);
    const { rows } = await this.pool.query<{ id: string }>(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, n) => `$${n + 1}`).join(', ')}) RETURNING id::text`,
      Object.values(row),
    );
    return rows[0]!.id;
  }

  /** The columns of one row. */
  async row(table: string, id: string): Promise<Record<string, unknown>> {
    const { rows } = await this.pool.query<Record<string, unknown>>(`SELECT * FROM ${table} WHERE id = $1`, [
      id,
    ]);
    return rows[0] ?? {};
  }

  /** How many messages of the conversation name each inbox. */
  async messagesBy(talk: string): Promise<Record<string, number>> {
    const { rows } = await this.pool.query<{ inbox: string; count: number }>(
      'SELECT inbox_id::text AS inbox, count(*)::integer AS count FROM messages WHERE conversation_id = $1 GROUP BY 1 ORDER BY 1',
      [talk],
    );
    return Object.fromEntries(rows.map(({ inbox, count }) => [inbox, count]));
  }
}

type Row = Readonly<Record<string, unknown>>;
