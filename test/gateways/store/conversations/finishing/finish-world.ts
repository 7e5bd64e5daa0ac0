import type { FollowLimits } from '../../../../../domain/conversations/following/finishing.js';
import { finishFollowing, finishNow } from '../../../../../gateways/store/conversations/finishing/finish.js';
import { joinPolling, joinStreams } from '../../../../../gateways/store/conversations/streams/join.js';
import { endVerification } from '../../../../../gateways/store/conversations/verify/verifications.js';
import type { Store } from '../../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../../gateways/store/sql/transaction.js';
import { addUnits } from '../../../../support/work.js';
import { freshStore } from '../../fresh-store.js';
import type { FreshStore } from '../../fresh-store.js';
import { addRows } from '../../world.js';

const DEFAULT_LIMITS: FollowLimits = { idleHours: 24, maxDays: 60 };
export const NOW = new Date('2026-11-02T00:00:00.000Z');

export interface Standing {
  readonly until: Date | null;
  readonly again: boolean;
  readonly finishing: Readonly<Record<string, unknown>> | null;
}

/** Accounts that are followed, of which everything is imported. Each has one brand. Times are set by SQL. */
export class FinishWorld {
  private constructor(readonly store: FreshStore) {}

  static async open(): Promise<FinishWorld> {
    return new FinishWorld(await freshStore());
  }

  close(): Promise<void> {
    return this.store.close();
  }

  async query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.store.pool.query(sql, values)).rows as Row[];
  }

  /** Followed for 30 hours, without a port. */
  async account(accountId: string, by: 'stream' | 'poll' = 'poll'): Promise<void> {
    const brandId = `br_${accountId}`;
    await addRows(this.store, accountId, { [brandId]: [`ch_${accountId}`] });
    await addUnits(this.store.pool);
    const status = JSON.stringify({ status: 'all-messages-migrated' });
    await this.query('UPDATE brands SET migration = $2 WHERE source_id = $1', [brandId, status]);
    await this.query('UPDATE accounts SET migration = $2 WHERE source_id = $1', [accountId, status]);
    await this.query(
      `UPDATE carryover.migrations SET started = true, started_at = now(), status = 'all-messages-migrated' WHERE subject = $1`,
      [accountId],
    );
    await this.join(accountId, by);
    await this.polled(accountId, '0 hours');
    await this.query(
      `UPDATE carryover.followed_accounts SET since = now() - interval '30 hours' WHERE account_id = $1`,
      [accountId],
    );
  }

  async join(accountId: string, by: 'stream' | 'poll' = 'poll'): Promise<void> {
    const joining = { accountId, brandIds: [`br_${accountId}`], at: NOW };
    if (by === 'poll') return joinPolling(this.store.pool, joining, 'CONVERSATIONS_STREAMS is off.');
    const starts = (['messages', 'threads'] as const).map((table) => ({
      table,
      streamArn: 'arn:stream',
      shards: [
        {
          id: `shard_${table}`,
          parent: undefined,
          position: undefined,
          readUntil: new Date(),
          isRead: false,
        },
      ],
    }));
    await joinStreams(this.store.pool, joining, starts);
  }

  /** The account's brand was polled last so long ago. */
  async polled(accountId: string, ago: string): Promise<void> {
    await this.query(
      'UPDATE carryover.polled_brands SET polled_at = clock_timestamp() - $2::interval WHERE brand_id = $1',
      [`br_${accountId}`, ago],
    );
  }

  /** `ago` as PostgreSQL's intervals are written. */
  async port(accountId: string, status: string, ago = '30 hours'): Promise<void> {
    await this.query(
      `INSERT INTO phone_portings (account_id, channel_id, phone_number, status, status_at)
       SELECT a.id, c.id, '+15550001111', $2, now() - $3::interval FROM accounts a JOIN brands b ON b.account_id = a.id
       JOIN channels c ON c.brand_id = b.id WHERE a.source_id = $1
       ON CONFLICT (account_id, phone_number) DO UPDATE SET status = excluded.status, status_at = excluded.status_at`,
      [accountId, status, ago],
    );
  }

  /** Following has changed something. */
  async news(accountId: string, ago = '0 hours'): Promise<void> {
    await this.query(
      `INSERT INTO carryover.followings (brand_id, added, last_at) SELECT id, 1, clock_timestamp() - $2::interval FROM brands WHERE source_id = $1
       ON CONFLICT (brand_id) DO UPDATE SET last_at = excluded.last_at`,
      [`br_${accountId}`, ago],
    );
  }

  async hint(accountId: string, ago = '0 hours'): Promise<void> {
    await this.query(
      `INSERT INTO carryover.waiting_hints (brand_id, source_table, key_hash, key, since)
       SELECT id, 'messages', 'hash', '["thr","key"]', now() - $2::interval FROM brands WHERE source_id = $1`,
      [`br_${accountId}`, ago],
    );
  }

  async gap(accountId: string): Promise<void> {
    await this.query(
      `UPDATE carryover.followed_brands SET gap = jsonb_build_object('reason', 'too-old', 'until', clock_timestamp()) WHERE account_id = $1`,
      [accountId],
    );
  }

  /** As a worker does every minute. */
  async look(store: Pick<Store, 'pool'> = this.store) {
    const [clock] = await this.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    return finishFollowing(store.pool, DEFAULT_LIMITS, clock!.now);
  }

  /** As an operator. */
  finish(accountId: string) {
    return this.store.within((tx) => finishNow(tx, accountId, { by: 'ann', at: NOW.toISOString() }));
  }

  async running(): Promise<string[]> {
    const rows = await this.query<{ id: string }>(
      `SELECT id FROM carryover.verifications WHERE state = 'running' ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  }

  /** Ends the verification that runs. */
  async end(how: 'equal' | 'unequal' | 'failed' = 'equal', store: Store = this.store): Promise<void> {
    const [id] = await this.running();
    if (id === undefined) throw new Error('No verification runs.');
    if (how === 'unequal') await this.#differ(id, 'extra');
    const failure = how === 'failed' ? { type: 'Unexpected' as const, message: 'It failed.' } : undefined;
    await transaction(store.control, 'end-verification', (tx) => endVerification(tx, id, failure));
  }

  /** As if all verifications had ended so long ago. */
  async age(ago: string): Promise<void> {
    await this.query('UPDATE carryover.verifications SET ended_at = ended_at - $1::interval', [ago]);
  }

  async standing(accountId: string): Promise<Standing> {
    const [row] = await this.query<Standing>(
      'SELECT until, again, finishing FROM carryover.followed_accounts WHERE account_id = $1',
      [accountId],
    );
    return row!;
  }

  async count(table: string): Promise<number> {
    const [row] = await this.query<{ n: number }>(`SELECT count(*)::integer AS n FROM carryover.${table}`);
    return row!.n;
  }

  /** What both passes over the brand have found: nothing could be repaired. */
  async #differ(verificationId: string, difference: string): Promise<void> {
    await this.query(
      `INSERT INTO carryover.verification_units (verification_id, unit_id, pass, imported, ended_at)
       SELECT v.id, u.id, pass, true, clock_timestamp() FROM carryover.verifications v CROSS JOIN generate_series(1, 2) pass
       JOIN carryover.migrations m ON (m.kind, m.subject) = (v.kind, v.subject) JOIN carryover.units u ON u.migration_id = m.id WHERE v.id = $1`,
      [verificationId],
    );
    await this.query(
      `INSERT INTO carryover.verification_differences (verification_id, unit_id, pass, source_table, difference, count, samples)
       SELECT verification_id, unit_id, pass, 'messages', $2, 1, '[]' FROM carryover.verification_units WHERE verification_id = $1`,
      [verificationId, difference],
    );
  }
}
