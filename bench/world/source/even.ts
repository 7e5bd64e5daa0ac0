import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { NOW } from './now.js';
import { type SourceItem, accountOf, brandOf, threadId } from './record.js';

/** Threads of equal length, whose messages stand one after the other in time, with equal metadata and plain text. */
export interface Even {
  /** A part of all ids, so that shapes can share tables. */
  readonly name: string;
  readonly messages: number;
  readonly perThread: number;
  /** The size of each body; default: bodies of 80 to 250 bytes, as people write them. */
  readonly bodyBytes?: number;
  /** The number of attachments of each message; default: none. */
  readonly attachments?: number;
}

const SPAN = 3 * 365 * 86_400_000;
const SENTENCE = ' Could we move the appointment to next week, please? Tuesday at ten would be fine.';

/** Half of the threads are sms and half void, in pairs with the same (C1, C2). */
export function* evenThreads(shape: Even): Generator<SourceItem> {
  for (let n = 0; n < shape.messages / shape.perThread; n += 1) {
    yield {
      brand_id: { S: brandOf(shape) },
      thread_id: { S: threadId(shape, n) },
      account_id: { S: accountOf(shape) },
      channel_id: { S: 'ch_1' },
      kind: { S: n % 2 === 0 ? 'sms' : 'void' },
      c1: { S: '+15550001111' },
      c2: { S: `+1555${1_000_000 + (n >> 1)}` },
      c2_name: { S: `Person ${n >> 1}` },
      status: { S: 'open' },
      created_at: { S: timeOf(shape, n, 0) },
      last_message_at: { S: timeOf(shape, n, shape.perThread - 1) },
    };
  }
}

export function* evenMessages(shape: Even): Generator<SourceItem> {
  for (let n = 0; n < shape.messages; n += 1) {
    const thread = Math.floor(n / shape.perThread);
    const at = timeOf(shape, thread, n % shape.perThread);
    const id = `msg_${shape.name}_${String(n).padStart(9, '0')}`;
    yield {
      thread_id: { S: threadId(shape, thread) },
      message_key: { S: `${at}#${id}` },
      message_id: { S: id },
      brand_id: { S: brandOf(shape) },
      account_id: { S: accountOf(shape) },
      direction: { S: n % 2 === 0 ? 'in' : 'out' },
      kind: { S: n % 20 === 0 ? 'call' : 'text' },
      author: { S: 'Lakeside Dental' },
      body: { S: bodyOf(shape, n) },
      sent_at: { S: at },
      metadata: { M: { app: { S: 'web' }, version: { N: '3' } } },
      ...(n % 20 === 0 ? { telephony: telephonyOf(n) } : {}),
      ...(shape.attachments ? { attachments: { L: attachmentsOf(id, shape.attachments) } } : {}),
    };
  }
}

function telephonyOf(n: number): AttributeValue {
  return {
    M: { call_id: { S: `call_${n}` }, duration_seconds: { N: String(n % 600) }, outcome: { S: 'answered' } },
  };
}

function attachmentsOf(messageId: string, count: number): AttributeValue[] {
  return Array.from({ length: count }, (_, at) => ({
    M: {
      attachment_id: { S: `${messageId}_${at}` },
      url: { S: `https://files.lakeside.example/${messageId}/${at}` },
      content_type: { S: 'image/jpeg' },
      file_name: { S: `photo-${at}.jpg` },
      size: { N: '48213' },
    },
  }));
}

function bodyOf({ bodyBytes }: Even, n: number): string {
  if (bodyBytes === undefined) return `${n}${SENTENCE.repeat(1 + (n % 3))}`;
  return `${n}${SENTENCE}`.repeat(Math.ceil(bodyBytes / SENTENCE.length)).slice(0, bodyBytes);
}

/** Threads are spread over three years, each some weeks long; a longer one fills the years evenly. */
function timeOf({ perThread }: Even, thread: number, message: number): string {
  const step = Math.min(13 * 3_600_000, SPAN / perThread);
  const room = SPAN - step * perThread;
  const start = NOW - SPAN + ((thread * 7_919) % 100_003) * (room / 100_003);
  return new Date(Math.floor(start + message * step)).toISOString();
}
