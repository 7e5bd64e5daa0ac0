import { expect } from 'vitest';
import { SAMPLE } from '../../../dev/sample/chatwoot/generate.js';
import { type Inbound, startInbound } from '../../../dev/sample/chatwoot/inbound.js';
import { systemClock } from '../../../gateways/clock.js';
import { type ChatwootDatabase, chatwootDatabase, rowsOf } from '../../support/chatwoot.js';
import { contractBroken, fixedDigests, remember } from '../../support/inbox-contract.js';
import { brokenRules } from '../../support/inbox-moves.js';

/** Between two messages of customers, so that their processor time is left to those who are killed. */
const PAUSE_MS = 10;
/** More than a conversation that is moved whole has. */
const LARGE = 6_000;
/** What Chatwoot's own audit and the customers add to, by table. */
const GROWING = new Set(['conversations', 'messages', 'contact_inboxes']);

type Rows = Awaited<ReturnType<typeof rowsOf>>;

/** A business with two inboxes, to both of which customers write all the while. */
export class Business {
  /** Messages that customers wrote, as far as a commit has said. */
  written = 0;
  #inbound: Inbound | undefined;
  #before: Rows = {};
  readonly #ids = new Set<number>();

  private constructor(private readonly database: ChatwootDatabase) {}

  static async open(seed: number, contacts: number): Promise<Business> {
    const database = await chatwootDatabase({ seed, contacts, source: 'cloud', destination: 'twilio' });
    await database.pool.query(
      `INSERT INTO messages (content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
       SELECT 'old', 1, 1, (SELECT min(id) FROM conversations WHERE inbox_id = 1), 1, now(), now() FROM generate_series(1, $1::integer)`,
      [LARGE],
    );
    return new Business(database);
  }

  get url(): string {
    return this.database.url;
  }

  get pool(): ChatwootDatabase['pool'] {
    return this.database.pool;
  }

  /** Keeps what is there. Nobody may be writing. */
  async remember(): Promise<void> {
    const { audits: _audits, ...rows } = await rowsOf(this.pool);
    this.#before = rows;
    await remember(this.pool);
  }

  startWriting(): void {
    const both = [SAMPLE.source, SAMPLE.destination];
    this.#inbound = startInbound(this.pool, both, { clock: systemClock, everyMs: PAUSE_MS });
  }

  async stopWriting(): Promise<void> {
    const { written = [] } = this.#inbound ?? {};
    await this.#inbound?.stop();
    this.#inbound = undefined;
    for (const id of written) this.#ids.add(id);
    this.written = this.#ids.size;
  }

  /** Everything that was asked for has moved, by the points of the contract, and nothing else has changed. Nobody may be writing. */
  async expectMoved(migrations: readonly string[], digests: Digests): Promise<void> {
    expect(await contractBroken(this.pool, ...migrations)).toEqual([]);
    expect(await brokenRules(this.pool)).toEqual([]);
    expect(await this.settingsDigests()).toEqual(digests);
    await this.#expectAllMessages();
  }

  /** Of the tables to which customers add nothing. */
  async settingsDigests(): Promise<Digests> {
    const all = Object.entries(await fixedDigests(this.pool));
    return Object.fromEntries(all.filter(([table]) => !GROWING.has(table)));
  }

  /** Every row is as it was before, and there are no others than those of what customers wrote since. Nobody may be writing. */
  async expectAsBefore(): Promise<void> {
    const { audits: _audits, ...after } = await rowsOf(this.pool);
    for (const [table, rows] of Object.entries(this.#before)) {
      const held = new Set(after[table]);
      const gone = rows.filter((row) => !held.has(row));
      expect(gone, `${table} that have changed or are gone`).toEqual([]);
      if (!GROWING.has(table)) expect(after[table], table).toHaveLength(rows.length);
    }
    const { rows: strange } = await this.pool.query(
      `WITH begun AS (
         SELECT id, contact_inbox_id FROM conversations c WHERE id NOT IN (SELECT id FROM before.conversations)
           AND EXISTS (SELECT FROM messages m WHERE m.conversation_id = c.id AND m.content LIKE 'live %'))
       SELECT 'conversations' AS what, id FROM conversations WHERE id NOT IN (SELECT id FROM before.conversations) AND id NOT IN (SELECT id FROM begun)
       UNION ALL SELECT 'messages', id FROM messages WHERE id NOT IN (SELECT id FROM before.messages) AND content NOT LIKE 'live %'
       UNION ALL SELECT 'contact_inboxes', id FROM contact_inboxes WHERE id NOT IN (SELECT id FROM before.contact_inboxes) AND id NOT IN (SELECT contact_inbox_id FROM begun)
       UNION ALL SELECT 'messages of another inbox', m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.inbox_id <> c.inbox_id
         AND m.id NOT IN (SELECT id FROM before.messages)
       UNION ALL SELECT 'contact inboxes of another inbox', c.id FROM conversations c JOIN begun USING (id)
         LEFT JOIN contact_inboxes b ON b.id = c.contact_inbox_id WHERE b.inbox_id IS DISTINCT FROM c.inbox_id`,
    );
    expect(strange).toEqual([]);
    const { rows: unfinished } = await this.pool.query('SELECT * FROM carryover.inbox_tails');
    expect(unfinished).toEqual([]);
    await this.#expectAllMessages();
  }

  drop(): Promise<void> {
    return this.database.drop();
  }

  async #expectAllMessages(): Promise<void> {
    const { rows } = await this.pool.query<{ id: number }>('SELECT id FROM messages');
    const held = new Set(rows.map(({ id }) => id));
    expect([...this.#ids].filter((id) => !held.has(id))).toEqual([]);
  }
}

type Digests = Readonly<Record<string, string>>;
