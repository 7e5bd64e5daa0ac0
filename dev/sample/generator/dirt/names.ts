/** Everything that real tables hold and nobody promised, by name. What each does is told where it is planted. */
export const DIRT_NAMES = [
  'wrong-type-attribute',
  'missing-attribute',
  'wrong-type-thread-attribute',
  'missing-thread-attribute',
  'key-disagrees-with-sent-at',
  'no-thread-record',
  'stale-last-message-at',
  'thread-without-messages',
  'several-threads-of-a-pair',
  'differently-written-numbers',
  'equal-times',
  'out-of-order-times',
  'unstorable-text',
  'unstorable-metadata',
  'foreign-message',
  'foreign-thread',
  'repeated-message-id',
  'repeated-across-recent-and-remaining',
  'repeated-in-two-threads',
  'repeated-smallest-cannot-be-taken',
  'repeated-none-can-be-taken',
  'missing-sent-at',
  'invalid-sent-at',
  'sent-at-in-another-zone',
  'no-time-at-all',
] as const;

export type DirtName = (typeof DIRT_NAMES)[number];

/**
 * What must become of a planted record: a row of its own, a quarantined record, or nothing of its own because
 * another record with the same `message_id` wins.
 */
export type PlantedOutcome = 'imported' | 'quarantined' | 'superseded';

export interface PlantedRecord {
  dirt: DirtName;
  table: 'threads' | 'messages';
  /** Hash and range key, joined by `/`. */
  key: string;
  /** `thread_id` or `message_id`, where the record has one. */
  sourceId: string | null;
  outcome: PlantedOutcome;
}
