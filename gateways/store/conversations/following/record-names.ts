import type { RecordKey } from '../../../../domain/conversations/records/quarantine-key.js';
import { quarantined } from '../../../../domain/conversations/records/quarantine.js';
import type { QuarantinedRecord, SourceTable } from '../../../../domain/conversations/records/rows.js';
import { storable } from '../../../../domain/engine/text.js';
import { supersededHash } from '../copies/superseded.js';
import { recordHash } from '../import/quarantine.js';

/** What the store calls the record with a key. The two hashes differ only for text that PostgreSQL cannot hold. */
export interface RecordName {
  readonly key: RecordKey;
  /** As quarantine writes them. */
  readonly sourceKey: string;
  readonly rangeKey: string;
  readonly recordHash: string;
  /** Of a message: as superseded copies and rows have it. */
  readonly copyHash: string;
}

export function nameOf(table: SourceTable, key: RecordKey): RecordName {
  const { sourceKey, rangeKey } = keyRecord(table, key);
  return {
    key,
    sourceKey,
    rangeKey,
    recordHash: recordHash(rangeKey, sourceKey),
    copyHash: supersededHash({ sourceKey: storable(key.range), sourceThreadId: storable(key.hash) }),
  };
}

function keyRecord(table: SourceTable, { hash, range }: RecordKey): QuarantinedRecord {
  const item =
    table === 'messages' ? { thread_id: hash, message_key: range } : { brand_id: hash, thread_id: range };
  return quarantined(table, item, '').record;
}

/** The key of a superseded copy; its hash tells where the thread's id ends. Undefined if the key had text that PostgreSQL cannot hold. */
export function keyOfCopy(sourceKey: string, hash: string): RecordKey | undefined {
  for (let at = sourceKey.indexOf('/'); at >= 0; at = sourceKey.indexOf('/', at + 1)) {
    const range = sourceKey.slice(at + 1);
    if (recordHash(range, sourceKey) === hash) return { hash: sourceKey.slice(0, at), range };
  }
  return undefined;
}
