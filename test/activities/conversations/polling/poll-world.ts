import { Polling } from '../../../../activities/conversations/polling/poll-source.js';
import type { PollingDependencies } from '../../../../activities/conversations/polling/poll-source.js';
import type { PollerEnd } from '../../../../activities/conversations/polling/poller.js';
import {
  applyHints,
  applyWaiting,
  keepHints,
} from '../../../../activities/conversations/following/apply-hints.js';
import { ensureFollowed } from '../../../../activities/conversations/streams/ensure-followed.js';
import type { HintApplier } from '../../../../activities/conversations/streams/beside-waiting.js';
import type { Hint } from '../../../../domain/conversations/following/hints.js';
import type { SourceTable, SourceTables } from '../../../../gateways/dynamodb/client.js';
import { sourceStream } from '../../../../gateways/dynamodb/streams/source-stream.js';
import { leave } from '../../../../gateways/store/conversations/streams/join.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { nextTurn } from '../../../support/next-turn.js';
import { untilHolds } from '../../../support/until.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { ImportWorld } from '../import/import-world.js';
import { PATIENT } from '../following/patient.js';
import { accountOf, type LooseItem, messageItem, threadItem } from '../import/source-items.js';

/** A query that a poll sends. */
export interface SentQuery {
  readonly table: SourceTable;
  readonly brandId: string;
  readonly at: number;
  units: number;
}

export interface PolledRow {
  readonly messages_until: Date;
  readonly threads_until: Date;
  readonly next_at: Date;
  readonly interval_ms: number;
  readonly polled_at: Date | null;
  readonly failure: { readonly type: string; readonly message: string } | null;
}

/** Brands that are polled in real tables, into a real store. Time is the test's. */
export class PollWorld {
  readonly clock = new VirtualClock('2026-11-10T10:00:00.000Z');
  readonly queries: SentQuery[] = [];
  /** The hints that were applied. */
  readonly applied: Hint[] = [];
  /** The ported numbers that were looked for. */
  readonly caughtUp: string[] = [];
  readonly started: string[] = [];
  readonly warnings: object[] = [];
  /** Called before each query of a poll; an error that it throws is the source's answer. */
  beforeQuery: (query: SentQuery) => Promise<void> | void = () => undefined;
  /** Whether the role may not describe tables. */
  refuseDescribe = false;
  #ids = 0;

  private constructor(
    readonly world: ImportWorld,
    private readonly pageKeys: number | undefined,
    /** Of the polls. */
    public tables: SourceTables,
  ) {
    this.tables = this.watched(tables);
  }

  static async open(
    options: { readonly pageKeys?: number; readonly reads?: number } = {},
  ): Promise<PollWorld> {
    const { pageKeys, ...source } = options;
    const world = await ImportWorld.open(source);
    return new PollWorld(world, pageKeys, world.tables);
  }

  close(): Promise<void> {
    return this.world.close();
  }

  /** An account of one brand, which is followed and then imported. */
  async brand(brandId: string, pool?: Pool): Promise<void> {
    await this.world.account(accountOf(brandId), brandId);
    await this.world.put('threads', [threadItem(brandId, `thr_${brandId}`)]);
    await this.join(brandId, pool);
    await this.world.migrate([brandId]);
  }

  join(brandId: string, pool: Pool = this.world.pool): Promise<'stream' | 'poll'> {
    const { tables } = this.world;
    return ensureFollowed(
      {
        store: { pool },
        clock: this.clock,
        streams: { threads: sourceStream(tables, 'threads'), messages: sourceStream(tables, 'messages') },
        streamsWanted: 'auto',
        startFollowers: async (lanes) => void this.started.push(...lanes),
      },
      { accountId: accountOf(brandId), brandIds: [brandId] },
    );
  }

  leave(brandId: string): Promise<void> {
    return transaction(this.world.pool, 'test', (tx) =>
      leave(tx, accountOf(brandId), new Date(this.clock.now())),
    );
  }

  /** Puts a message of the brand's thread, sent so many milliseconds ago. Returns its id. */
  async message(brandId: string, agoMs = 0, change: LooseItem = {}): Promise<string> {
    this.#ids += 1;
    const id = `msg_${this.#ids}`;
    const at = new Date(this.clock.now() - agoMs).toISOString();
    await this.world.put('messages', [messageItem(brandId, `thr_${brandId}`, id, at, change)]);
    return id;
  }

  async held(brandId: string): Promise<string[]> {
    const rows = await this.world.query<{ id: string }>(
      `SELECT m.source_id AS id FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id
       WHERE b.source_id = $1`,
      [brandId],
    );
    return rows.map(({ id }) => id).toSorted();
  }

  async holds(brandId: string, ...ids: string[]): Promise<boolean> {
    const held = await this.held(brandId);
    return ids.every((id) => held.includes(id));
  }

  async row(brandId: string): Promise<PolledRow> {
    const [row] = await this.world.query('SELECT * FROM carryover.polled_brands WHERE brand_id = $1', [
      brandId,
    ]);
    if (!row) throw new Error(`${brandId} is not polled.`);
    return row as unknown as PolledRow;
  }

  dependencies(pool: Pool = this.world.pool): PollingDependencies {
    const { clock, pageKeys, tables } = this;
    const following = { store: { pool }, tables: this.world.tables, clock, limits: PATIENT };
    const hints: HintApplier = {
      apply: async (brand, hinted, signal) => {
        this.applied.push(...hinted);
        try {
          return await applyHints(following, brand, hinted, signal);
        } catch (error) {
          if (!signal.aborted) this.warnings.push(error as object);
          throw error;
        }
      },
      keep: (brand, hinted) => keepHints(following, brand, hinted),
      applyWaiting: (signal) => applyWaiting(following, signal),
    };
    return {
      store: { pool },
      tables,
      clock,
      pageKeys,
      hints,
      fetchFiles: async () => undefined,
      catchUp: async (by) => void this.caughtUp.push(by),
      logger: { warn: (facts, message) => void this.warnings.push({ message, ...facts }) },
    };
  }

  /** Starts a lane of a process of its own, or of one. */
  lane(polling = new Polling(this.dependencies())): PollingLane {
    const stop = new AbortController();
    const ended = polling.run(stop.signal);
    ended.catch(() => undefined);
    return { ended, stop: () => stop.abort() };
  }

  /** Lets time pass until the condition holds. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await untilHolds(
      async () => {
        if (await condition()) return true;
        await this.clock.advance(500);
        await nextTurn();
        return false;
      },
      { what, everyMs: 1 },
    );
  }

  /** Polls until the condition holds. */
  async poll(what: string, condition: () => boolean | Promise<boolean>, polling?: Polling): Promise<void> {
    const { ended, stop } = this.lane(polling);
    await this.until(what, condition);
    stop();
    await ended;
  }

  /** Polls the brand to the end of both indexes from now on. */
  async pollOnce(brandId: string, polling?: Polling): Promise<void> {
    const now = new Date(this.clock.now());
    const { polled_at: before } = await this.row(brandId);
    await this.poll(
      `${brandId} is polled`,
      async () => {
        const { polled_at: at } = await this.row(brandId);
        // The lane may begin before the clock moves.
        return at !== null && at >= now && at.getTime() !== before?.getTime();
      },
      polling,
    );
  }

  /** The tables, with the queries of polls recorded. */
  watched(tables: SourceTables): SourceTables {
    const of = (table: SourceTable) =>
      new Proxy(tables.clients[table], {
        get: (client, name) => {
          const value: unknown = Reflect.get(client, name);
          if (name !== 'send') return typeof value === 'function' ? (value.bind(client) as unknown) : value;
          return (command: { input: Record<string, unknown> }, options: unknown) =>
            this.#send(table, command, () => Reflect.apply(client.send, client, [command, options]));
        },
      });
    return { ...tables, clients: { threads: of('threads'), messages: of('messages') } };
  }

  async #send(
    table: SourceTable,
    { input }: { input: Record<string, unknown> },
    send: () => Promise<unknown>,
  ): Promise<unknown> {
    const isPoll = input['ReturnConsumedCapacity'] !== undefined;
    const isDescribe = input['KeyConditionExpression'] === undefined;
    if (isDescribe && this.refuseDescribe)
      throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
    if (!isPoll) return send();
    const values = input['ExpressionAttributeValues'] as Record<string, { S: string }>;
    const query = { table, brandId: values[':brand']?.S ?? '', at: this.clock.elapsed(), units: 0 };
    this.queries.push(query);
    await this.beforeQuery(query);
    const answer = (await send()) as { ConsumedCapacity?: { CapacityUnits?: number } };
    query.units = answer.ConsumedCapacity?.CapacityUnits ?? 0;
    return answer;
  }
}

interface PollingLane {
  readonly ended: Promise<PollerEnd>;
  stop(): void;
}
