import type { RecordKey } from '../../../domain/conversations/records/quarantine-key.js';
import { byteOrder } from '../../../domain/engine/bytes/order.js';
import {
  besideFollowing,
  withoutFollowed,
} from '../../../gateways/store/conversations/following/followed-keys.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { InStore } from '../../engine/together.js';
import { textOf } from './record-source.js';
import type { SourceRecord } from './record-source.js';

/** How a target leaves out records that following has brought since they were read. */
type Unfollowed<Record> = Required<Pick<InStore<Record, unknown>, 'opening' | 'wanted'>>;

/** @param since the brand's following position before anything was read; an import begins before it is followed */
export function unfollowedMessages(brand: ImportedBrand, since = '0'): Unfollowed<SourceRecord> {
  return {
    // A page of a table is in descending order of its range key.
    opening: (records) =>
      besideFollowing(brand, 'messages', {
        smallest: messageKeyOf(records.at(-1)).range,
        greatest: messageKeyOf(records[0]).range,
        since,
      }),
    wanted: (tx, records) => withoutFollowed(tx, brand, { table: 'messages', since }, records, messageKeyOf),
  };
}

/** The same for threads. */
export function unfollowedThreads(brand: ImportedBrand, since = '0'): Unfollowed<SourceRecord> {
  return {
    opening: (records) => besideFollowing(brand, 'threads', { ...endsOf(records.map(threadKeyOf)), since }),
    wanted: (tx, records) => withoutFollowed(tx, brand, { table: 'threads', since }, records, threadKeyOf),
  };
}

function endsOf(keys: readonly RecordKey[]): { readonly smallest: string; readonly greatest: string } {
  let [smallest = '', greatest = ''] = [keys[0]?.range, keys[0]?.range];
  for (const { range } of keys) {
    if (byteOrder(range, smallest) < 0) smallest = range;
    if (byteOrder(range, greatest) > 0) greatest = range;
  }
  return { smallest, greatest };
}

function messageKeyOf(record: SourceRecord | undefined): RecordKey {
  return keyOf(record, 'thread_id', 'message_key');
}

function threadKeyOf(record: SourceRecord): RecordKey {
  return keyOf(record, 'brand_id', 'thread_id');
}

/** Attributes that are not strings count as empty. */
function keyOf(record: SourceRecord | undefined, hash: string, range: string): RecordKey {
  const text = (name: string) => (record === undefined ? '' : (textOf(record, name) ?? ''));
  return { hash: text(hash), range: text(range) };
}
