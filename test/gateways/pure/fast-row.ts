import { expect } from 'vitest';
import type { MessageRow } from '../../../domain/conversations/records/rows.js';
import type { WrittenRecord } from '../../../domain/conversations/written/written-record.js';
import { messageLines } from '../../../gateways/store/conversations/import/message-lines.js';
import { messageLine } from '../../../gateways/store/conversations/import/staging.js';
import { context } from '../../domain/conversations/records/items.js';

/** The message's row the fast way, whose line for COPY must be that of the row; undefined if it needs the general way. */
export function fastRow(message: WrittenRecord | undefined): MessageRow | undefined {
  const plain = message?.message(context);
  if (!plain) return undefined;
  const { row } = plain;
  const lines = messageLines([{ read: { row, plain }, threadId: '17' }], Buffer.alloc(1));
  expect(lines.written.toString()).toBe(messageLine({ row, threadId: '17' }));
  return row;
}
