import { BACKSLASH, LINE_END, RETURN, TAB } from '../../../../domain/conversations/written/ascii.js';
import type { PlainMessage } from '../../../../domain/conversations/written/plain-message.js';
import { MESSAGE_FIELDS } from '../../../../domain/conversations/written/written-page.js';
import { ByteWriter } from '../../../../domain/engine/bytes/writer.js';
import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import { messageLine } from './staging.js';

const FIELD = MESSAGE_FIELDS.numbers;

/** A message with the store's thread; `plain` if it can be written without building its row. */
export interface NewMessage {
  readonly read: { readonly row: MessageRow; readonly plain?: PlainMessage };
  readonly threadId: string;
}

/** Lines of messages in COPY's text format, in the order of MESSAGE_COLUMNS, with the messages' ids before them if they are known. */
export function messageLines(
  messages: readonly NewMessage[],
  buffer: Buffer,
  ids?: readonly string[],
): ByteWriter {
  const out = new ByteWriter(buffer);
  for (const [at, { read, threadId }] of messages.entries()) {
    if (ids) out.ascii(ids[at] ?? '').byte(TAB);
    if (read.plain) addPlain(out, read.plain, threadId);
    else out.utf8(messageLine({ row: read.row, threadId }));
  }
  return out;
}

/** The same line as `messageLine` gives for the message's row. */
function addPlain(out: ByteWriter, message: PlainMessage, threadId: string): void {
  out.ascii(threadId);
  addField(out, message, FIELD.message_id);
  out.byte(TAB).ascii(message.direction).byte(TAB).ascii(message.kind);
  addField(out, message, FIELD.author);
  addField(out, message, FIELD.body);
  addField(out, message, FIELD.sent_at);
  addMap(out, message.telephony);
  addMap(out, message.metadata);
  out.ascii('\t\\N');
  addField(out, message, FIELD.message_key);
  addField(out, message, FIELD.thread_id);
  out.byte(LINE_END);
}

function addField(out: ByteWriter, { page, record }: PlainMessage, field: number): void {
  const from = page.from(record, field);
  if (from < 0) out.ascii('\t\\N');
  // JSON escapes every character that COPY escapes.
  else if (!page.isEscaped(record, field)) out.byte(TAB).range(page.bytes, from, page.to(record, field));
  else addEscaped(out.byte(TAB), page.bytes, from, page.to(record, field));
}

function addMap(out: ByteWriter, map: PlainMessage['metadata']): void {
  if (map === null) out.ascii('\t\\N');
  else if (!map.isEscaped) out.byte(TAB).range(map.bytes, 0, map.bytes.length);
  else addEscaped(out.byte(TAB), map.bytes, 0, map.bytes.length);
}

const LETTERS = new Map([
  [TAB, 't'],
  [LINE_END, 'n'],
  [RETURN, 'r'],
  [BACKSLASH, '\\'],
]);

function addEscaped(out: ByteWriter, bytes: Buffer, from: number, to: number): void {
  let start = from;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== BACKSLASH && (byte > RETURN || !LETTERS.has(byte))) continue;
    out
      .range(bytes, start, at)
      .byte(BACKSLASH)
      .ascii(LETTERS.get(byte) ?? '');
    start = at + 1;
  }
  out.range(bytes, start, to);
}
