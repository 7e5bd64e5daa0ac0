/** The irregularities of real tables, by name. The code that plants each describes it. */
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
 * The expected outcome of a planted record: its own row, a quarantined record, or superseded, because another record with the same
 * `message_id` wins.
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
