import type pg from 'pg';
import { inboxPasses } from '../../../activities/inbox/passes.js';
import type { WorkRef } from '../../../domain/engine/work.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { addUnits } from '../../../gateways/store/work/units.js';
import { COPY_RUN } from '../../../gateways/store/work/phase-ref.js';
import { inboxSubject } from '../../../domain/inbox/names.js';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { INBOX_ROWS } from '../../../gateways/store/inbox/rows.js';
import { endVerification } from '../../../gateways/store/proof/verifications.js';
import { testDatabase } from '../../support/servers.js';
import type { Harness, Subject, World } from '../lifecycle.js';

const PEOPLE = 3;

/** Inboxes of a Chatwoot database, each with a destination of its own. */
export const inboxes: Harness = { name: 'inboxes in Chatwoot', passes: ['copy', 'undo', 'verify'], open };

async function open(): Promise<World> {
  const database = await testDatabase();
  const chatwoot = await chatwootDatabase();
  const store = openStore(database.url, { applicationName: 'carryover-test' });
  await chatwoot.pool.query(
    `INSERT INTO accounts (id, name, created_at, updated_at) VALUES (1, 'Corner Bakery', now(), now())`,
  );
  let subjects = 0;
  return {
    start: (life) => {
      const pool = life.pool(store.pool, 'store');
      const target = life.pool(chatwoot.pool, 'target');
      // A few conversations a batch, so that there are several.
      return { pool, kind: inboxPasses({ store: pool, chatwoot: target, batchSize: 2 }) };
    },
    async subject() {
      subjects += 1;
      const subject = new InboxSubject(2 * subjects - 1, store.pool, chatwoot);
      await subject.prepare();
      return subject;
    },
    async close() {
      await store.close();
      await chatwoot.drop();
      await database.drop();
    },
  };
}

class InboxSubject implements Subject {
  units: readonly string[] = [];
  private readonly name: string;
  private readonly destination: number;

  constructor(
    private readonly source: number,
    private readonly store: pg.Pool,
    private readonly chatwoot: ChatwootDatabase,
  ) {
    this.name = inboxSubject('1', String(source));
    this.destination = source + 1;
  }

  /** Three kinds of people: unknown to the destination, known as the same contact, and known as another. */
  async prepare(): Promise<void> {
    const { source, destination } = this;
    const base = source * 100;
    await this.chatwoot.pool.query(`
      INSERT INTO channel_whatsapp (id, account_id, phone_number, provider, created_at, updated_at)
        SELECT i, 1, '+1555' || i, 'whatsapp_cloud', now(), now() FROM unnest(ARRAY[${source}, ${destination}]) AS i;
      INSERT INTO inboxes (id, channel_id, account_id, name, channel_type, created_at, updated_at)
        SELECT i, i, 1, 'WhatsApp ' || i, 'Channel::Whatsapp', now(), now() FROM unnest(ARRAY[${source}, ${destination}]) AS i;
      INSERT INTO contacts (id, name, account_id, created_at, updated_at)
        SELECT ${base} + n, 'Person ' || n, 1, now(), now() FROM generate_series(1, ${2 * PEOPLE}) AS n;
      INSERT INTO contact_inboxes (id, contact_id, inbox_id, source_id, created_at, updated_at)
        SELECT ${base} + n, ${base} + n, ${source}, ${base} + n, now(), now() FROM generate_series(1, ${PEOPLE}) AS n
        UNION ALL SELECT ${base} + 20 + n, ${base} + n + CASE n % 3 WHEN 2 THEN ${PEOPLE} ELSE 0 END, ${destination}, ${base} + n, now(), now()
          FROM generate_series(1, ${PEOPLE}) AS n WHERE n % 3 > 0;
      INSERT INTO conversations (id, account_id, inbox_id, contact_id, contact_inbox_id, display_id, created_at, updated_at)
        SELECT ${base} + 2 * n + k, 1, ${source}, ${base} + n, ${base} + n, 0, now(), now() FROM generate_series(1, ${PEOPLE}) AS n, generate_series(0, 1) AS k;
      INSERT INTO messages (account_id, inbox_id, conversation_id, message_type, sender_type, sender_id, created_at, updated_at)
        SELECT 1, ${source}, c.id, 0, 'Contact', c.contact_id, now(), now() FROM conversations c, generate_series(1, 3) WHERE c.inbox_id = ${source};`);
    const { rows } = await this.chatwoot.pool.query<{ id: string }>(
      'INSERT INTO carryover.inbox_migrations (account_id, source_inbox_id, destination_inbox_id) VALUES (1, $1, $2) RETURNING id',
      [source, destination],
    );
    this.units = rows.map(({ id }) => id);
    await transaction(this.store, 'start', async (tx) => {
      await INBOX_ROWS.start(tx, this.name, 'ops');
      await addUnits(
        tx,
        this.units.map((key) => ({ kind: 'inbox', subject: this.name, key, name: '' })),
      );
    });
  }

  work(pass: WorkRef['pass'], run?: string): readonly WorkRef[] {
    const ofPass = run === undefined ? { pass } : { pass, run };
    return this.units.map((unit) => ({ subject: this.name, unit, phase: 'move', ...ofPass }));
  }

  async newRun(pass: WorkRef['pass']): Promise<string> {
    if (pass !== 'verify') return COPY_RUN;
    const { rows } = await this.store.query<{ id: string }>(
      `INSERT INTO carryover.verifications (kind, subject, repair, asked_by) VALUES ('inbox', $1, false, 'ops') RETURNING id::text`,
      [this.name],
    );
    return rows[0]!.id;
  }

  async endRun(run: string): Promise<void> {
    if (run === COPY_RUN) return;
    await transaction(this.store, 'end-verification', (tx) => endVerification(tx, run, undefined));
  }

  async steer(flag: 'paused' | 'cancelled', on: boolean): Promise<void> {
    const asked = on ? { by: 'ops', since: '2026-03-01T10:00:00.000Z' } : undefined;
    await transaction(this.store, 'steer', (tx) =>
      INBOX_ROWS.steer(tx, this.name, (state) => ({ ...state, [flag]: asked })),
    );
  }

  expected(): string[] {
    const base = this.source * 100;
    const people = Array.from({ length: PEOPLE }, (_, n) => n + 1);
    return people
      .flatMap((n) => {
        const contact = base + n + (n % 3 === 2 ? PEOPLE : 0);
        const box = base + n + (n % 3 > 0 ? 20 : 0);
        return [0, 1].map((k) => `${base + 2 * n + k} of ${contact} in ${box} with 3`);
      })
      .toSorted();
  }

  /** The destination's conversations with the messages that name it too, by contact inboxes of the destination. */
  async held(): Promise<string[]> {
    const { rows } = await this.chatwoot.pool.query<{ line: string }>(
      `SELECT format('%s of %s in %s with %s', c.id, c.contact_id, b.id,
         (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id AND m.inbox_id = c.inbox_id AND m.sender_id = c.contact_id)) AS line
       FROM conversations c LEFT JOIN contact_inboxes b ON b.id = c.contact_inbox_id AND b.inbox_id = c.inbox_id AND b.contact_id = c.contact_id
       WHERE c.inbox_id = $1`,
      [this.destination],
    );
    return rows.map(({ line }) => line).toSorted();
  }

  /** A message, a conversation's contact inbox, and a conversation that is back. */
  async damage(): Promise<unknown> {
    const { source, destination } = this;
    const base = source * 100;
    await this.chatwoot.pool.query(`
      UPDATE messages SET inbox_id = ${source} WHERE id = (SELECT min(id) FROM messages WHERE conversation_id = ${base + 2});
      UPDATE conversations SET contact_inbox_id = NULL WHERE id = ${base + 3};
      UPDATE conversations SET inbox_id = ${source} WHERE id = ${base + 4} AND inbox_id = ${destination};`);
    return [
      `messages different 1: ${base + 2} messages`,
      `threads different 2: ${base + 3} contact_inbox, ${base + 4} inbox`,
    ];
  }

  async findings(run: string): Promise<unknown> {
    const { rows } = await this.store.query<{ line: string }>(
      `SELECT format('%s %s %s: %s', source_table, difference, count,
         (SELECT string_agg((s ->> 'id') || ' ' || (s -> 'fields' ->> 0), ', ' ORDER BY s ->> 'id') FROM jsonb_array_elements(samples) AS e(s))) AS line
       FROM carryover.verification_differences WHERE verification_id = $1 ORDER BY 1`,
      [run],
    );
    return rows.map(({ line }) => line);
  }

  async leased(): Promise<number> {
    const { rows } = await this.store.query(
      `SELECT FROM carryover.work w JOIN carryover.units u ON u.id = w.unit_id WHERE u.key = ANY ($1) AND leased_by IS NOT NULL`,
      [this.units],
    );
    return rows.length;
  }
}
