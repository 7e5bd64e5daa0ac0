import { isMap } from './attribute-value.js';
import { messageDigest } from './digest.js';
import { ItemReader, wrongType } from './item-reader.js';
import { attachmentsDigest, mapAttachments } from './map-attachments.js';
import { withRecording } from './map-recording.js';
import { isOfAnotherAccount, quarantined, quarantinedOfAnotherAccount } from './quarantine.js';
import { DIRECTIONS, MESSAGE_KINDS } from './rows.js';
import type { Mapped, MessageRow } from './rows.js';
import { timeInKey, timestampOf } from './time.js';
import type { Timestamp } from './time.js';

export interface MessageContext {
  /** Conversations' `account_id` of the account being migrated. */
  readonly accountId: string;
  /** Conversations' `brand_id` under which the record was found. */
  readonly brandId: string;
}

/**
 * Maps an item of the document client (wrapped numbers) or a record of a dump to a message row, or to a quarantined record with its first problem.
 * Never throws.
 */
export function mapMessage(item: unknown, context: MessageContext): Mapped<MessageRow> {
  if (!isMap(item)) return quarantined('messages', item, 'the record is no map of attributes');
  if (isOfAnotherAccount(item, context.accountId)) return quarantinedOfAnotherAccount('messages', item);

  const read = new ItemReader(item);
  read.text('account_id');
  const sourceThreadId = read.id('thread_id');
  const sourceKey = read.id('message_key');
  const sourceId = read.id('message_id');
  const direction = read.oneOf('direction', DIRECTIONS);
  const kind = read.oneOf('kind', MESSAGE_KINDS);
  const author = read.optionalText('author');
  const body = read.optionalText('body');
  const sentAt = sentAtOf(item, read);
  const telephony = read.optionalMap('telephony');
  const metadata = read.optionalMap('metadata');
  const listed = mapAttachments(item['attachments'], read);
  const attachments = withRecording(listed, kind, item['telephony']);
  if (read.problem !== undefined || !sentAt) return quarantined('messages', item, read.problem ?? '');

  const row: Filling<MessageRow> = {
    sourceId,
    sourceKey,
    sourceThreadId,
    direction,
    kind,
    author,
    body,
    sentAt: sentAt.text,
    telephony,
    metadata,
    original: read.original(),
    attachments,
    digest: 0n,
    attachmentsDigest: attachmentsDigest(sourceId, attachments),
  };
  row.digest = messageDigest(row, sentAt.micros);
  return { kind: 'row', row };
}

type Filling<Row> = { -readonly [Name in keyof Row]: Row[Name] };

/** Uses `sent_at` if it is valid, otherwise the time in the key. */
function sentAtOf(item: Record<string, unknown>, read: ItemReader): Timestamp | undefined {
  const { sent_at: sentAt, message_key: messageKey } = item;
  const own = typeof sentAt === 'string' ? timestampOf(sentAt) : undefined;
  if (own) return own;
  const inKey = typeof messageKey === 'string' ? timestampOf(timeInKey(messageKey)) : undefined;
  if (!inKey) read.complain('sent_at', `${noDate(sentAt)}, and "message_key" holds no date either`);
  return inKey;
}

function noDate(value: unknown): string {
  if (value === undefined) return 'is missing';
  return typeof value === 'string' ? 'is no date' : wrongType(value, 'S');
}
