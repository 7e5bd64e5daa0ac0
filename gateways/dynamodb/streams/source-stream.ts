import type { SourceTable, SourceTables } from '../client.js';
import { findStream } from './find-stream.js';
import type { FoundStream } from './find-stream.js';
import type { BrandIndex } from './scanned-records.js';
import { openShard, readRecords } from './records.js';
import type { StreamPage, Unreadable } from './records.js';
import { listShards } from './shards.js';
import type { StreamShards } from './shards.js';

/** The stream of a source table. Each call throws CarryoverError (Source…), or the signal's reason. */
export interface SourceStream {
  readonly table: SourceTable;
  find(signal?: AbortSignal): Promise<FoundStream>;
  list(arn: string, signal?: AbortSignal): Promise<StreamShards>;
  open(
    shard: { readonly arn: string; readonly id: string; readonly after: string | undefined },
    signal?: AbortSignal,
  ): Promise<{ readonly iterator: string } | Unreadable>;
  read(iterator: string, brands: BrandIndex, signal?: AbortSignal): Promise<StreamPage | Unreadable>;
}

export function sourceStream(tables: SourceTables, table: SourceTable): SourceStream {
  return {
    table,
    find: (signal) => findStream(tables, table, signal),
    list: (arn, signal) => listShards(tables, table, arn, signal),
    open: (shard, signal) => openShard(tables, table, shard, signal),
    read: (iterator, brands, signal) => readRecords(tables, table, iterator, brands, signal),
  };
}
