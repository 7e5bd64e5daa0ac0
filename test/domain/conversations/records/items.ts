import { NumberValue } from '@aws-sdk/lib-dynamodb';
import type {
  Mapped,
  MessageRow,
  QuarantinedRecord,
  ThreadRow,
} from '../../../../domain/conversations/records/rows.js';
import { mapMessage } from '../../../../domain/conversations/records/map-message.js';
import { mapThread } from '../../../../domain/conversations/records/map-thread.js';

export const context = { accountId: 'acc_1', brandId: 'br_1', region: 'US' };

type Attributes = Record<string, unknown>;

/** A message as it should be; an attribute given as undefined is left out. */
export function messageItem(changes: Attributes = {}): Attributes {
  return without({
    thread_id: 'thr_1',
    message_key: '2024-02-29T10:20:30.123Z#msg_1',
    message_id: 'msg_1',
    brand_id: 'br_1',
    account_id: 'acc_1',
    direction: 'in',
    kind: 'text',
    author: 'Anna Berg',
    body: 'Good morning',
    sent_at: '2024-02-29T10:20:30.123Z',
    ...changes,
  });
}

export function threadItem(changes: Attributes = {}): Attributes {
  return without({
    brand_id: 'br_1',
    thread_id: 'thr_1',
    account_id: 'acc_1',
    channel_id: 'ch_1',
    kind: 'sms',
    c1: '+15550001111',
    c2: '+15550002222',
    c2_name: 'Anna Berg',
    status: 'open',
    created_at: '2024-02-01T00:00:00.000Z',
    last_message_at: '2024-02-29T10:20:30.123Z',
    ...changes,
  });
}

export function attachment(changes: Attributes = {}): Attributes {
  return without({
    attachment_id: 'att_1',
    url: 'https://files.example/att_1',
    content_type: 'image/png',
    file_name: 'a.png',
    size: NumberValue.from('1024'),
    ...changes,
  });
}

export function messageRow(changes?: Attributes): MessageRow {
  return row(mapMessage(messageItem(changes), context));
}

export function threadRow(changes?: Attributes): ThreadRow {
  return row(mapThread(threadItem(changes), context));
}

export function quarantinedMessage(changes?: Attributes): QuarantinedRecord {
  return record(mapMessage(messageItem(changes), context));
}

export function quarantinedThread(changes?: Attributes): QuarantinedRecord {
  return record(mapThread(threadItem(changes), context));
}

function row<Row>(mapped: Mapped<Row>): Row {
  if (mapped.kind !== 'row') throw new Error(`quarantined: ${mapped.record.reason}`);
  return mapped.row;
}

export function record(mapped: Mapped<unknown>): QuarantinedRecord {
  if (mapped.kind !== 'quarantined') throw new Error('taken, though it should be quarantined');
  return mapped.record;
}

function without(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
