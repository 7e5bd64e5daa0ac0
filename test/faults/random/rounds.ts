import { expect } from 'vitest';
import { type Carryover, until } from '../../e2e/carryover.js';
import { startMigration } from '../../e2e/more-accounts.js';
import { expectStoreToHold } from '../../e2e/plain-reading.js';
import type { KilledAccount } from './accounts.js';

interface Standing {
  readonly id: string;
  readonly status: string;
  readonly resetting: boolean;
  /** Every channel is ready and every attachment taken up: what a killed worker had taken up is left to it for some minutes. */
  readonly whole: boolean;
}

/** The test's own time limit is the only one. */
const FOR_EVER_SECONDS = 86_400;

/**
 * Accounts that are migrated again and again: each that is done is compared with the truth, reset, and so begun anew. Half of them
 * are reset while their ports and attachments are still under way.
 */
export class Rounds {
  /** Those that came to their end, and were found equal to the truth. */
  readonly imports = { tables: 0, dumps: 0 };
  /** Messages of those. */
  records = 0;
  /** Batches of those from tables. */
  batches = 0;
  /** Accounts whose tries were used up by the kills, and that were started again. */
  startedAgain = 0;
  readonly #done = new Set<string>();

  constructor(
    private readonly carryover: Carryover,
    private readonly accounts: readonly KilledAccount[],
  ) {}

  /** Until `goOn` answers false; then until every account has come to its end. */
  async run(goOn: () => boolean): Promise<void> {
    for (const { account } of this.accounts) await startMigration(this.carryover, account.accountId);
    await until(async () => {
      for (const standing of await this.#standings()) {
        const killed = this.accounts.find(({ account }) => account.accountId === standing.id);
        if (killed !== undefined && !this.#done.has(standing.id)) await this.#pass(killed, standing, goOn());
      }
      return this.#done.size === this.accounts.length;
    }, FOR_EVER_SECONDS);
  }

  async #pass(killed: KilledAccount, { status, resetting, whole }: Standing, goOn: boolean): Promise<void> {
    const { accountId } = killed.account;
    if (status.endsWith('-failure')) {
      this.startedAgain += 1;
      await startMigration(this.carryover, accountId);
    }
    if (resetting || status !== 'all-messages-migrated') return;
    const { tables, dumps } = this.imports;
    const waits = !goOn || (tables + dumps + accountId.length) % 2 === 0;
    if (waits && !whole) return;
    await this.#check(killed);
    if (!goOn) this.#done.add(accountId);
    else await this.carryover.call('POST', '/v2/reset-migration', { account_id: accountId });
  }

  /** The store equals the truth, and each batch was committed once: every record was counted as read exactly once. */
  async #check({ account, from }: KilledAccount): Promise<void> {
    await expectStoreToHold(this.carryover.store, account);
    const units = `(SELECT b.unit_id FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1)`;
    const own = `(SELECT b.id FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1)`;
    const { rows } = await this.carryover.store.query<{ batches: number; read: number; records: number }>(
      `SELECT (SELECT sum(batches) FROM carryover.work WHERE unit_id IN ${units})::int AS batches,
         (SELECT sum(read) FROM carryover.tallies WHERE unit_id IN ${units} AND pass = 'copy' AND stage = 'messages')::int AS read,
         ((SELECT count(*) FROM messages m JOIN message_threads t ON t.id = m.thread_id WHERE t.brand_id IN ${own})
          + (SELECT count(*) FROM carryover.superseded_copies WHERE brand_id IN ${own})
          + (SELECT count(*) FROM quarantined_records WHERE source_table = 'messages' AND brand_id IN ${own}))::int AS records`,
      [account.accountId],
    );
    expect(rows[0]?.read, `records of ${account.accountId} that were read`).toBe(rows[0]?.records);
    this.records += rows[0]?.records ?? 0;
    if (from === 'tables') this.batches += rows[0]?.batches ?? 0;
    this.imports[from === 'tables' ? 'tables' : 'dumps'] += 1;
  }

  async #standings(): Promise<Standing[]> {
    const { rows } = await this.carryover.store.query<Standing>(
      `SELECT a.source_id AS id, coalesce(a.migration ->> 'status', 'none') AS status,
         m.resetting IS NOT NULL AS resetting,
         NOT EXISTS (SELECT FROM channels c JOIN brands b ON b.id = c.brand_id
           WHERE b.account_id = a.id AND c.migration ->> 'status' <> 'ready')
         AND NOT EXISTS (SELECT FROM attachments x JOIN brands b ON b.id = x.brand_id
           WHERE b.account_id = a.id AND x.stored_url IS NULL AND x.tried_at IS NULL) AS whole
       FROM accounts a LEFT JOIN carryover.migrations m ON m.subject = a.source_id`,
    );
    return rows;
  }
}
