import type { SourceTable } from '../../../../gateways/dynamodb/client.js';
import type { FoundStream } from '../../../../gateways/dynamodb/streams/find-stream.js';
import { scanRecords } from '../../../../gateways/dynamodb/streams/record-scan.js';
import type { BrandIndex } from '../../../../gateways/dynamodb/streams/scanned-records.js';
import type { StreamPage, Unreadable } from '../../../../gateways/dynamodb/streams/records.js';
import type { StreamShards } from '../../../../gateways/dynamodb/streams/shards.js';
import type { SourceStream } from '../../../../gateways/dynamodb/streams/source-stream.js';

interface MemoryRecord {
  readonly sequence: number;
  readonly at: number;
  readonly json: object;
}

interface MemoryShard {
  readonly id: string;
  readonly parent: string | undefined;
  readonly records: MemoryRecord[];
  closedAt: number | undefined;
}

/** A message, identified as in a change: by key and brand. */
export interface ChangedMessage {
  readonly brandId: string;
  readonly threadId?: string;
  readonly messageKey: string;
}

const KEPT_MS = 24 * 3_600_000;
const ITERATOR_MS = 15 * 60_000;

/** A stream of messages in memory, which forgets, splits and closes as DynamoDB's does, in the time of a clock. */
export class MemoryStream implements SourceStream {
  readonly table: SourceTable = 'messages';
  arn: string | undefined = 'arn:stream:1';
  /** How many records an answer has at most. */
  pageRecords = 1_000;
  /** Called before each answer. */
  onRead: (shardId: string) => Promise<void> | void = () => undefined;
  reads = 0;
  isEnabled = true;
  #shards: MemoryShard[] = [];
  /** Includes dropped shards. */
  #all: MemoryShard[] = [];
  #sequence = 100;
  #created = 0;

  constructor(
    private readonly clock: { now(): number },
    shards = 1,
  ) {
    for (let n = 0; n < shards; n += 1) this.#open(undefined);
  }

  /** Of the last change. */
  get lastSequence(): string {
    return String(this.#sequence);
  }

  get openShards(): readonly string[] {
    return this.#shards.filter(({ closedAt }) => closedAt === undefined).map(({ id }) => id);
  }

  /** Appends a change. All changes of a thread are in a shard and its descendants. */
  change({ brandId, threadId = 'thr_1', messageKey }: ChangedMessage): void {
    const shard = this.#placeOf(threadId);
    const at = this.clock.now();
    const keys = { thread_id: { S: threadId }, message_key: { S: messageKey } };
    this.#sequence += 1;
    const dynamodb = {
      ApproximateCreationDateTime: Math.floor(at / 1_000),
      Keys: keys,
      NewImage: { ...keys, brand_id: { S: brandId } },
      SequenceNumber: String(this.#sequence),
    };
    shard.records.push({ sequence: this.#sequence, at, json: { eventName: 'MODIFY', dynamodb } });
  }

  /** Closes a shard; its changes continue in its children. */
  split(shardId: string, children = 2): void {
    const shard = this.#all.find(({ id }) => id === shardId)!;
    shard.closedAt = this.clock.now();
    for (let n = 0; n < children; n += 1) this.#open(shardId);
  }

  /** Switches the stream off, and perhaps on again as another one. */
  restart(arn: string | undefined): void {
    [this.#shards, this.#all] = [[], []];
    this.arn = arn;
    if (arn !== undefined) this.#open(undefined);
  }

  /** Switches the stream off; it may be read to its end. */
  end(): void {
    for (const shard of this.#shards) shard.closedAt ??= this.clock.now();
    [this.arn, this.isEnabled] = [undefined, false];
  }

  async find(): Promise<FoundStream> {
    return this.arn === undefined ? { lacks: 'The table messages has no stream.' } : { arn: this.arn };
  }

  async list(): Promise<StreamShards> {
    this.#forget();
    const shards = this.#shards.map(({ id, parent, closedAt }) => ({
      id,
      parent,
      isClosed: closedAt !== undefined,
    }));
    return { isEnabled: this.isEnabled, shards };
  }

  async open(shard: {
    readonly id: string;
    readonly after: string | undefined;
  }): Promise<{ readonly iterator: string } | Unreadable> {
    this.#forget();
    const found = this.#shards.find(({ id }) => id === shard.id);
    if (!found) return 'gone';
    const oldest = found.records[0]?.sequence;
    const after = shard.after === undefined ? -1 : Number(shard.after);
    // A position whose record was dropped.
    if (after >= 0 && (oldest === undefined || after < oldest)) return 'too-old';
    return { iterator: JSON.stringify([shard.id, after, this.clock.now()]) };
  }

  async read(iterator: string, brands: BrandIndex): Promise<StreamPage | Unreadable> {
    const [id, after, at] = JSON.parse(iterator) as [string, number, number];
    await this.onRead(id);
    this.reads += 1;
    this.#forget();
    if (this.clock.now() - at > ITERATOR_MS) return 'expired';
    const shard = this.#shards.find((each) => each.id === id);
    if (!shard) return 'gone';
    const rest = shard.records.filter(({ sequence }) => sequence > after);
    const records = rest.slice(0, this.pageRecords);
    const isEnd = shard.closedAt !== undefined && records.length === rest.length;
    const last = records.at(-1)?.sequence ?? after;
    const next = isEnd ? undefined : JSON.stringify([id, last, this.clock.now()]);
    const answer = { Records: records.map(({ json }) => json), NextShardIterator: next };
    const bytes = Buffer.from(JSON.stringify(answer));
    return {
      ...scanRecords(bytes, this.table, brands),
      bytes: bytes.length,
      hintsOf: (others) => scanRecords(bytes, this.table, others).hints,
      release: () => undefined,
    };
  }

  #open(parent: string | undefined): void {
    this.#created += 1;
    const id = `shardId-${this.#created}`;
    const shard = { id, parent, records: [], closedAt: undefined };
    this.#shards.push(shard);
    this.#all.push(shard);
  }

  #placeOf(threadId: string): MemoryShard {
    const hash = Buffer.from(threadId).reduce((sum, byte) => sum + byte, 0);
    let among = this.#all.filter(({ parent }) => parent === undefined);
    for (;;) {
      const shard = among[hash % among.length]!;
      if (shard.closedAt === undefined) return shard;
      among = this.#all.filter(({ parent }) => parent === shard.id);
    }
  }

  /** Drops records, and closed shards without any, after a day. */
  #forget(): void {
    const before = this.clock.now() - KEPT_MS;
    for (const { records } of this.#shards)
      while (records[0] !== undefined && records[0].at < before) records.shift();
    this.#shards = this.#shards.filter(
      ({ closedAt = before, records }) => closedAt >= before || records.length > 0,
    );
  }
}
