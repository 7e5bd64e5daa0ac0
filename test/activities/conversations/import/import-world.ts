import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import type pg from 'pg';
import { createEngineImports } from '../../../../activities/engine/activities.js';
import { importPass } from '../../../../activities/conversations/import/import-pass.js';
import type { ImportDependencies } from '../../../../activities/conversations/import/import-pass.js';
import type { Completed, LaneProgress } from '../../../../activities/engine/types.js';
import { CONVERSATIONS, migrationOf } from '../../../../domain/conversations/migration.js';
import type { Phase } from '../../../../domain/conversations/phases.js';
import type { TargetGovernor } from '../../../../activities/engine/governing/governors.js';
import { Governors, STORE } from '../../../../activities/engine/governing/governors.js';
import type { ThrottleNotes } from '../../../../activities/engine/governing/throttle-notes.js';
import type { LaneOptions } from '../../../../activities/engine/lane.js';
import type { Engine } from '../../../../activities/engine/work.js';
import { openDumps } from '../../../../gateways/dumps/client.js';
import type { Dumps } from '../../../../gateways/dumps/client.js';
import type { SourceTables } from '../../../../gateways/dynamodb/client.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import { importPhase } from '../../../../gateways/store/conversations/import/phases.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { accountLock } from '../../../../gateways/store/conversations/following/account-lock.js';
import { forgetFollowed } from '../../../../gateways/store/conversations/following/followed-keys.js';
import { completePhase } from '../../../../gateways/store/work/plans.js';
import { testDatabase, type TestDatabase } from '../../../support/servers.js';
import { addUnits } from '../../../support/work.js';
import { accountOf, type LooseItem, messageItem, threadItem } from './source-items.js';
import { newSourceTables, putItems, removeItem } from './source-tables.js';
import { systemClock } from '../../../../gateways/clock.js';

export const RECENT_SINCE = '2026-10-01T00:00:00.000Z';

/** The tests check failures themselves; logged again they would hide others. */
const nothing = (): void => undefined;
const SILENT = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

const phaseOf = (brandId: string, phase: Phase) => ({
  ...migrationOf(accountOf(brandId)),
  unit: brandId,
  phase,
});

const NO_DUMPS = openDumps();

/** Source tables and a store of their own, with accounts and brands that are prepared. */
export class ImportWorld {
  private activities = 0;
  /** Brand → status, as completed phases set it. */
  readonly statuses = new Map<string, string>();
  /** Of an S3 server, where a test has one. */
  dumps: Dumps = NO_DUMPS;

  private constructor(
    private readonly database: TestDatabase,
    readonly store: Store,
    readonly tables: SourceTables,
  ) {}

  /**
   * `copied`: the address of a store to begin with a copy of; nobody may be connected to it.
   * `database`: a store of another server, with the schema.
   */
  static async open(
    options: {
      readonly pageRecords?: number;
      readonly streams?: boolean;
      readonly reads?: number;
      readonly copied?: string;
      readonly database?: TestDatabase;
      /** Of another world, which closes them. */
      readonly tables?: SourceTables;
    } = {},
  ): Promise<ImportWorld> {
    const database = options.database ?? (await testDatabase(options.copied));
    const store = openStore(database.url, { applicationName: 'carryover-test' });
    return new ImportWorld(database, store, options.tables ?? (await newSourceTables(options)));
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  get pool(): pg.Pool {
    return this.store.pool;
  }

  /** Closes the world but leaves its store, for copies; answers its address. */
  async leave(): Promise<string> {
    this.tables.close();
    await this.store.close();
    return this.database.url;
  }

  async close(): Promise<void> {
    this.tables.close();
    await this.leaveStore();
  }

  /** Closes the world but leaves its tables, which another world has too. */
  async leaveStore(): Promise<void> {
    await this.store.close();
    await this.database.drop();
  }

  async account(accountId: string, ...brandIds: string[]): Promise<void> {
    await this.pool.query(
      'INSERT INTO accounts (source_id, name, locale, migration) VALUES ($1, $1, $2, $3)',
      [accountId, 'en-US', { status: 'migrating', recentSince: RECENT_SINCE }],
    );
    for (const brandId of brandIds) {
      await this.pool.query(
        'INSERT INTO brands (account_id, source_id, name) SELECT id, $2, $2 FROM accounts WHERE source_id = $1',
        [accountId, brandId],
      );
    }
    await addUnits(this.pool);
  }

  put(table: 'threads' | 'messages', items: readonly LooseItem[]): Promise<void> {
    return putItems(this.tables[table], items);
  }

  /** Gives a thread and these messages of it to another brand of the account, as Conversations does it: the messages keep their keys. */
  async move(thread: LooseItem, messages: readonly LooseItem[], brandId: string): Promise<void> {
    await this.put('threads', [{ ...thread, brand_id: brandId }]);
    await removeItem(this.tables.threads, {
      brand_id: thread['brand_id'],
      thread_id: thread['thread_id'],
    });
    await this.put(
      'messages',
      messages.map((message) => ({ ...message, brand_id: brandId })),
    );
  }

  /** One thread of the brand with so many messages, an hour apart, all of them recent. */
  async putHourly(brandId: string, messages: number): Promise<void> {
    const from = Date.UTC(2026, 9, 2);
    const at = (n: number) => new Date(from + n * 3_600_000).toISOString();
    await this.put('threads', [threadItem(brandId, 'thr_1')]);
    await this.put(
      'messages',
      Array.from({ length: messages }, (_, n) => messageItem(brandId, 'thr_1', `msg_${n}`, at(n))),
    );
  }

  /** One attempt of an activity of its own; `environment` lets the test cancel it or watch its heartbeats. */
  attempt(
    brandId: string,
    phase: Phase,
    options: LaneOptions = {},
    environment = this.environment(),
    {
      tables = this.tables,
      pool = this.pool,
      governor,
      throttles,
    }: {
      tables?: SourceTables;
      pool?: Pool;
      governor?: TargetGovernor;
      throttles?: ThrottleNotes;
    } = {},
  ): Promise<LaneProgress> {
    const governors = governor && new Governors({ [STORE]: () => governor });
    const engine = { pool, clock: systemClock, governors, throttles, lane: options };
    const { copySlices } = this.activitiesOf(engine, tables);
    return environment.run(copySlices, phaseOf(brandId, phase));
  }

  private activitiesOf(
    engine: Engine,
    tables = this.tables,
    finish: ImportDependencies['finish'] = (...found) => this.finish(...found),
  ) {
    const copy = importPass({
      store: engine,
      clock: engine.clock,
      tables,
      dumps: this.dumps,
      finish,
    });
    return createEngineImports(engine, { [CONVERSATIONS]: { copy } });
  }

  /** The pool, with `commit` in place of sending a COMMIT. */
  breaking(commit: (send: () => Promise<unknown>) => Promise<unknown>): Pool {
    return this.changing((text, send) => (text === 'COMMIT' ? commit(send) : send()));
  }

  /** The pool, with `change` in place of sending any statement of a transaction. */
  changing(
    change: (statement: unknown, send: () => Promise<unknown>, connection: pg.PoolClient) => Promise<unknown>,
  ): Pool {
    const { pool } = this;
    const connect = async () => {
      const connection = await pool.connect();
      const query = (text: unknown, values?: unknown) =>
        change(text, () => connection.query(text as string, values as unknown[]), connection);
      return new Proxy(connection, {
        get: (target, name) => {
          if (name === 'query') return query;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    return { connect, query: pool.query.bind(pool) };
  }

  environment(
    info: Partial<Pick<typeof defaultActivityInfo, 'activityId' | 'attempt' | 'workflowExecution'>> = {},
  ): MockActivityEnvironment {
    this.activities += 1;
    return new MockActivityEnvironment(
      { ...defaultActivityInfo, activityId: `activity-${this.activities}`, ...info },
      { logger: SILENT },
    );
  }

  async importPhase(brandId: string, phase: Phase, options: LaneOptions = {}): Promise<LaneProgress> {
    for (;;) {
      const progress = await this.attempt(brandId, phase, options);
      if (progress.finished || progress.halted) return progress;
    }
  }

  complete(brandId: string, phase: Phase, finish?: ImportDependencies['finish']): Promise<Completed> {
    const { completePhase } = this.activitiesOf({ pool: this.pool, clock: systemClock }, this.tables, finish);
    return this.environment().run(completePhase, phaseOf(brandId, phase));
  }

  private async finish(...[brand, phase, checked]: Parameters<ImportDependencies['finish']>): Promise<void> {
    await transaction(this.pool, 'complete-phase', async (tx) => {
      await tx.query(accountLock('shared', brand.accountId));
      await completePhase(tx, importPhase(brand, phase), checked);
      await forgetFollowed(tx, brand.accountSourceId, brand.id);
    });
    const status = phase === 'recent' ? 'recent-messages-migrated' : 'all-messages-migrated';
    this.statuses.set(brand.sourceId, status);
  }

  /** Recent messages of all brands before the remaining ones, as the migration does it. */
  async migrate(brandIds: readonly string[], options: LaneOptions = {}): Promise<void> {
    for (const phase of ['recent', 'remaining'] as const) {
      for (const brandId of brandIds) {
        await this.importPhase(brandId, phase, options);
        await this.complete(brandId, phase);
      }
    }
  }

  async query<Row extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** Everything that the import wrote, without the store's own ids, in a fixed order. */
  async contents() {
    return {
      messages: await this.query(`
        SELECT m.source_id, m.source_key, m.source_thread_id, m.direction, m.kind, m.author, m.body, m.sent_at, m.telephony,
          m.metadata, m.original, t.pair_key, b.source_id AS brand,
          (SELECT json_agg(json_build_array(a.source_id, a.source_url, a.declared_content_type, a.file_name)
             ORDER BY a.source_id) FROM attachments a WHERE a.message_id = m.id AND a.brand_id = b.id) AS attachments
        FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id
        ORDER BY m.source_id`),
      threads: await this.query(`
        SELECT b.source_id AS brand, t.pair_key, t.c1, t.c2, t.status, t.message_count, t.last_message_at,
          c.identity, c.name,
          (SELECT json_agg(json_build_array(s.source_id, s.kind, s.status) ORDER BY s.source_id)
             FROM thread_sources s WHERE s.thread_id = t.id) AS sources
        FROM message_threads t JOIN brands b ON b.id = t.brand_id JOIN contacts c ON c.id = t.contact_id
        ORDER BY b.source_id, t.pair_key`),
      quarantined: await this.query(`
        SELECT account_source_id, source_table, source_key, source_id, identity, reason, raw
        FROM quarantined_records ORDER BY source_table, source_key COLLATE "C"`),
      superseded: await this.query(`
        SELECT b.source_id AS brand, s.source_key, s.digest, s.attachments
        FROM carryover.superseded_copies s JOIN brands b ON b.id = s.brand_id ORDER BY 1, 2`),
    };
  }

  async reasons(): Promise<Record<string, string>> {
    const rows = await this.query<{ source_key: string; reason: string }>(
      'SELECT source_key, reason FROM quarantined_records',
    );
    return Object.fromEntries(rows.map((row) => [row.source_key, row.reason]));
  }
}
