import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import { sampleDocumentClient } from '../../../dev/sample/dynamodb.js';
import type { SampleAccount } from '../../../dev/sample/generator/account.js';
import { systemClock } from '../../../gateways/clock.js';
import { type Carryover, startCarryover, until } from '../../e2e/carryover.js';
import { type FaultProxy, startFaultProxy } from '../../../dev/faults/fault-proxy.js';
import { addAccount } from '../../../dev/sample/add-account.js';
import { startMigration, untilDone, viewOf } from '../../e2e/more-accounts.js';
import { untilHolds } from '../../support/until.js';
import { withPageOf } from '../../../dev/faults/pages.js';
import { Killing } from '../random/killing.js';
import { LagWatch } from './lag-watch.js';
import { LiveAccount } from './live-account.js';
import { SourceWriter } from './source-writer.js';

/** Small pages: an import of many batches. */
const PAGE = 60;

/** Three accounts whose records change all the while, of which two are migrated, by the shipped processes. */
export class Scenario {
  readonly #close: (() => Promise<unknown>)[];

  private constructor(
    readonly carryover: Carryover,
    /** Between Carryover and its source; what changes there does not come this way. */
    readonly proxy: FaultProxy,
    readonly killing: Killing,
    readonly migrated: readonly LiveAccount[],
    readonly outsider: LiveAccount,
    readonly lag: LagWatch,
    readonly writer: SourceWriter,
    close: (() => Promise<unknown>)[],
  ) {
    this.#close = close;
  }

  static async open({
    streams,
    seed,
  }: {
    readonly streams: boolean;
    readonly seed: number;
  }): Promise<Scenario> {
    const proxy = await startFaultProxy();
    proxy.rewrite = withPageOf(PAGE);
    const size = { threads: 60, messages: 600, attachmentRate: 0.02 };
    const carryover = await startCarryover({
      account: {
        ...size,
        seed,
        brands: 2,
        channels: 4,
        portedNumbers: 2,
        threads: 140,
        messages: 1_500,
        dirt: 'all',
      },
      schedule: { firstStepMs: 1_500, nextStepMs: 1_500 },
      environment: { DYNAMODB_ENDPOINT: proxy.url },
      streams,
    });
    proxy.target = carryover.stack.env.DYNAMODB_ENDPOINT;
    const other = { ...size, brands: 1, channels: 2, portedNumbers: 1 };
    const [second, third] = [
      await addAccount(carryover, { ...other, seed: seed + 1 }),
      await addAccount(carryover, { ...other, seed: seed + 2 }),
    ];
    const source = sampleDocumentClient(carryover.source);
    const { threadsTable: threads, messagesTable: messages } = carryover.source;
    const places = { source, tables: { threads, messages }, store: carryover.store };
    const live = (account: SampleAccount) => new LiveAccount(account, places);
    const migrated = [live(carryover.world.account), live(second)];
    const outsider = live(third);
    const lag = new LagWatch(carryover.store);
    const writer = new SourceWriter({ accounts: [...migrated, outsider], lag, seed, late: streams });
    const killing = await Killing.open(carryover, proxy);
    return new Scenario(carryover, proxy, killing, migrated, outsider, lag, writer, [
      () => writer.stop(),
      () => lag.stop(),
      () => killing.close(),
      async () => source.destroy(),
      () => carryover.stop(),
      () => proxy.stop(),
    ]);
  }

  async close(): Promise<void> {
    for (const close of this.#close) await close().catch(() => undefined);
  }

  async start(): Promise<void> {
    for (const { accountId } of this.migrated) await startMigration(this.carryover, accountId);
  }

  /** Has the account paused, and lets it go on after this. */
  async paused({ accountId }: LiveAccount, meanwhile: () => Promise<unknown>): Promise<void> {
    const steer = (action: string) => this.carryover.call('POST', `/v2/migrations/${accountId}/${action}`);
    await steer('pause');
    await meanwhile();
    await steer('resume');
  }

  /** Until so many messages of the account are here. */
  async untilHeld({ accountId }: LiveAccount, messages: number): Promise<void> {
    await until(async () => {
      const { rows } = await this.carryover.store.query(
        `SELECT FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id
         JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1 LIMIT $2`,
        [accountId, messages],
      );
      return rows.length === messages;
    });
  }

  /** Everything is imported and every channel is ready. */
  async untilDone(): Promise<void> {
    for (const { accountId } of this.migrated) await untilDone(this.carryover, accountId);
  }

  /** The source does not answer until it was asked so often in vain. */
  async away(requests: number): Promise<void> {
    let refused = 0;
    this.proxy.fault = () => {
      refused += 1;
      return 'cut';
    };
    await until(() => refused >= requests);
    this.proxy.fault = () => undefined;
  }

  /** By what Carryover says of itself: no change that is made before now is missing any more. */
  async untilCaughtUp(): Promise<void> {
    const now = systemClock.now();
    for (const { accountId } of this.migrated)
      await this.#untilFollowing(accountId, ({ lag_seconds: lag }, asked) => {
        // Seconds are whole.
        return lag !== null && asked - 1_000 * (lag + 1) > now;
      });
  }

  /** Brands of which changes may be missed. */
  async gaps(): Promise<number | undefined> {
    const { rows } = await this.carryover.store.query<{ gaps: number }>(
      'SELECT count(gap)::int AS gaps FROM carryover.followed_brands',
    );
    return rows[0]?.gaps;
  }

  /** Has the accounts finished, and waits for it. */
  async finish(): Promise<void> {
    for (const { accountId } of this.migrated) {
      const { status } = await this.carryover.call('POST', `/v2/migrations/${accountId}/finish`);
      if (status !== 202) throw new Error(`to finish ${accountId} was answered with ${status}`);
    }
    for (const { accountId } of this.migrated)
      await this.#untilFollowing(accountId, ({ until: ended }) => ended !== null);
  }

  /** Looks seldom: operators' calls are limited. */
  async #untilFollowing(
    accountId: string,
    holds: (following: MigrationView['following'], asked: number) => boolean,
  ): Promise<void> {
    await untilHolds(
      async () => {
        const asked = systemClock.now();
        return holds((await viewOf(this.carryover, accountId)).following, asked);
      },
      { what: `following of ${accountId} is so far: ${holds.toString()}`, everyMs: 500 },
    );
  }
}
