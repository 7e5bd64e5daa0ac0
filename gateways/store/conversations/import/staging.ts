import type { AttachmentRow, MessageRow } from '../../../../domain/conversations/records/rows.js';
import { copyInto, copyLine } from '../../sql/copy.js';
import type { CopyValue } from '../../sql/copy.js';
import type { Transaction } from '../../sql/transaction.js';

/** A message and the store's thread for it. */
export interface PlacedMessage {
  readonly row: MessageRow;
  readonly threadId: string;
}

/** The columns of `messages` and of its staging table, in the order of `messageLine`. */
export const MESSAGE_COLUMNS =
  'thread_id, source_id, direction, kind, author, body, sent_at, telephony, metadata, original, source_key, source_thread_id';

export async function stageMessages(tx: Transaction, placed: readonly PlacedMessage[]): Promise<void> {
  const lines = placed.map((message) => messageLine(message, message.row.digest));
  await copyInto(tx, `staged_messages (${MESSAGE_COLUMNS}, digest)`, lines);
}

/** A line in COPY's text format. */
export function messageLine({ row, threadId }: PlacedMessage, ...more: CopyValue[]): string {
  return copyLine([
    threadId,
    row.sourceId,
    row.direction,
    row.kind,
    row.author,
    row.body,
    row.sentAt,
    row.telephony,
    row.metadata,
    row.original,
    row.sourceKey,
    row.sourceThreadId,
    ...more,
  ]);
}

export async function stageAttachments(tx: Transaction, rows: readonly MessageRow[]): Promise<void> {
  const lines = rows.flatMap(({ sourceId, attachments }) =>
    attachments.map((attachment) => attachmentLine([sourceId], attachment)),
  );
  await copyInto(tx, 'staged_attachments', lines);
}

/** The columns of `attachments` in the order of `attachmentLine`. */
export const ATTACHMENT_COLUMNS = 'source_id, source_url, declared_content_type, file_name';

/** A line in COPY's text format, with the values of other columns first. */
export function attachmentLine(
  first: readonly CopyValue[],
  { sourceId, url, contentType, fileName }: AttachmentRow,
): string {
  return copyLine([...first, sourceId, url, contentType, fileName]);
}
