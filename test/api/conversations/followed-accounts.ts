import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import { joinPolling } from '../../../gateways/store/conversations/streams/join.js';
import { endVerification } from '../../../gateways/store/conversations/verify/verifications.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { leadBrand } from '../../gateways/store/world.js';
import { apiWorld, meet, tokenFor } from '../world.js';
import type { World } from '../world.js';

export const NOT_BY_STREAM = 'CONVERSATIONS_STREAMS is off.';

export interface ListedFailure {
  readonly kind: string;
  readonly account_id: string;
  readonly brand_id: string;
  readonly what: string;
  readonly message: string;
  readonly next_step: string;
  readonly command: string;
}

/** An API with accounts that are followed by polling. Each test has accounts of its own, by name. */
export class FollowedAccounts {
  private constructor(
    readonly world: World,
    readonly operator: string,
  ) {}

  static async open(): Promise<FollowedAccounts> {
    return new FollowedAccounts(await apiWorld(), await tokenFor('operator'));
  }

  close(): Promise<void> {
    return this.world.close();
  }

  async query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.world.store.pool.query(sql, values)).rows as Row[];
  }

  call(accountId: string, what: string, token = this.operator) {
    return this.world.call('POST', `/v2/migrations/${accountId}/${what}`, { token });
  }

  finish(accountId: string, token = this.operator) {
    return this.call(accountId, 'finish', token);
  }

  async get<Answer>(path: string): Promise<Answer> {
    return (await this.world.call('GET', path, { token: this.operator })).json<Answer>();
  }

  async following(accountId: string): Promise<MigrationView['following']> {
    return (await this.get<MigrationView>(`/v2/migrations/${accountId}`)).following;
  }

  /** Of kind `following`, of the account or of all. */
  async failures(accountId?: string): Promise<ListedFailure[]> {
    const of = accountId === undefined ? '' : `&account_id=${accountId}`;
    return (await this.get<{ failures: ListedFailure[] }>(`/v2/failures?kind=following${of}`)).failures;
  }

  /** An account that is known, not started. */
  async known(name: string): Promise<string> {
    const accountId = `acc_${name}`;
    await meet(this.world, accountId, { brand: `br_${name}`, sms: `ch_${name}`, email: `chm_${name}` });
    return accountId;
  }

  async started(name: string): Promise<string> {
    const accountId = await this.known(name);
    const token = await tokenFor('service');
    await this.world.call('POST', '/v2/start-migration', { token, body: { account_id: accountId } });
    return accountId;
  }

  /** An account whose messages are all migrated, and that is followed. */
  async followed(name: string): Promise<string> {
    const { store } = this.world;
    const accountId = await this.started(name);
    const steps = ['recent-messages-migrated', 'all-messages-migrated'] as const;
    await leadBrand(store, accountId, `br_${name}`, steps);
    const joining = { accountId, brandIds: [`br_${name}`], at: new Date() };
    await joinPolling(store.pool, joining, NOT_BY_STREAM);
    await this.polled(accountId, '0 minutes');
    return accountId;
  }

  /** The account's brands were polled last so long ago. */
  async polled(accountId: string, ago: string): Promise<void> {
    await this.query(
      `UPDATE carryover.polled_brands SET polled_at = now() - $2::interval
       WHERE brand_id IN (SELECT brand_id FROM carryover.followed_brands WHERE account_id = $1)`,
      [accountId, ago],
    );
  }

  /** The verification that runs ends. */
  async end(accountId: string): Promise<void> {
    const [running] = await this.query<{ id: string }>(
      `SELECT id FROM carryover.verifications WHERE subject = $1 AND state = 'running'`,
      [accountId],
    );
    await transaction(this.world.store.control, 'test', (tx) => endVerification(tx, running!.id, undefined));
  }

  /** The account has a port with this status. */
  async port(accountId: string, status: string): Promise<void> {
    const name = accountId.slice('acc_'.length);
    await this.query(
      `INSERT INTO phone_portings (account_id, channel_id, phone_number, port_order_id, status)
       SELECT a.id, c.id, c.phone_number, 'po_' || c.id, $3 FROM accounts a JOIN channels c ON c.source_id = $2 WHERE a.source_id = $1`,
      [accountId, `ch_${name}`, status],
    );
  }
}
