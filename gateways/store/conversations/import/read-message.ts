import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import type { PlainMessage } from '../../../../domain/conversations/written/plain-message.js';

/** A message as it was read and mapped. */
export interface ReadMessage {
  readonly item: unknown;
  /** May be mapped anew on each access. */
  readonly row: MessageRow;
  /** Set if the row can be written without it. */
  readonly plain?: PlainMessage;
  /** The part of the row that is always available. */
  readonly brief: MessageBrief;
}

export type MessageBrief = Pick<
  MessageRow,
  'sourceId' | 'sourceThreadId' | 'digest' | 'attachments' | 'attachmentsDigest'
>;
