import type { SourceItem } from '../world/source.js';

/** A change as in the stream of a table of messages. */
export function changeRecord(item: SourceItem, sequence: number): string {
  const { thread_id, message_key } = item;
  return JSON.stringify({
    eventID: String(sequence).padStart(32, '0'),
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
      Keys: { thread_id, message_key },
      NewImage: item,
      OldImage: item,
      SequenceNumber: String(sequence).padStart(21, '0'),
      SizeBytes: 1_000,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
}

/** An answer of GetRecords. */
export function answerOf(records: readonly string[], next: string): Buffer {
  return Buffer.from(`{"NextShardIterator":${JSON.stringify(next)},"Records":[${records.join(',')}]}`);
}
