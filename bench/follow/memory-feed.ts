import type { FoundStream } from '../../gateways/dynamodb/streams/find-stream.js';
import { scanRecords } from '../../gateways/dynamodb/streams/record-scan.js';
import type { BrandIndex } from '../../gateways/dynamodb/streams/scanned-records.js';
import type { StreamPage } from '../../gateways/dynamodb/streams/records.js';
import type { StreamShards } from '../../gateways/dynamodb/streams/shards.js';
import type { SourceStream } from '../../gateways/dynamodb/streams/source-stream.js';
import type { ShardPosition } from '../../gateways/store/conversations/streams/follow-tables.js';
import type { SourceItem } from '../world/source.js';
import { answerOf, changeRecord } from './answers.js';

export const FEED_ARN = 'arn:bench';
const PAGE_RECORDS = 1_000;

/** A stream of messages in memory; its open shards have what is put into them. */
export class MemoryFeed implements SourceStream {
  readonly table = 'messages';
  readonly #shards: string[][];
  #sequence = 0;

  constructor(shards: number) {
    this.#shards = Array.from({ length: shards }, () => []);
  }

  put(item: SourceItem): void {
    this.#sequence += 1;
    this.#shards[this.#sequence % this.#shards.length]?.push(changeRecord(item, this.#sequence));
  }

  get positions(): ShardPosition[] {
    return this.#shards.map((_, n) => ({
      id: String(n),
      parent: undefined,
      position: undefined,
      readUntil: new Date(),
      isRead: false,
    }));
  }

  async find(): Promise<FoundStream> {
    return { arn: FEED_ARN };
  }

  async list(): Promise<StreamShards> {
    const shards = this.#shards.map((_, n) => ({ id: String(n), parent: undefined, isClosed: false }));
    return { isEnabled: true, shards };
  }

  async open({ id }: { readonly id: string }): Promise<{ readonly iterator: string }> {
    return { iterator: `${id} 0` };
  }

  async read(iterator: string, brands: BrandIndex): Promise<StreamPage> {
    const [shard = 0, from = 0] = iterator.split(' ').map(Number);
    const records = this.#shards[shard]?.slice(from, from + PAGE_RECORDS) ?? [];
    const bytes = answerOf(records, `${shard} ${from + records.length}`);
    return {
      ...scanRecords(bytes, this.table, brands),
      bytes: bytes.length,
      hintsOf: (others) => scanRecords(bytes, this.table, others).hints,
      release: () => undefined,
    };
  }
}
