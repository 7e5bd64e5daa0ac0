import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unit } from '../../../dev/sample/generator/random.js';
import { metadataOf } from './metadata.js';
import { type SourceItem, accountOf, brandOf, threadId } from './record.js';
import { type Plan, planOf } from './threads.js';
import { bodyOf, nameOf } from './words.js';

/**
 * Messages as a business of some years has them: threads of 1 to 120 messages, 40 on average, that alternate over two years; 15 % of the messages
 * recent, a quarter with nested metadata, a fifth of texts and names with other scripts and emoji. The same for the same name, size and hour.
 */
export interface Mixed {
  /** A part of all ids, so that shapes can share tables. */
  readonly name: string;
  readonly messages: number;
  /** A fifth of the messages are calls with a recording. */
  readonly recordings?: boolean;
}

const SEED = 1_313;
const CALL_SHARE = 0.05;
const RECORDING_SHARE = 0.2;
const BUSINESS = '+15550001111';

/** In groups of five: an sms thread and a void one with the same (C1, C2), another sms thread, an e-mail thread and a chat. */
const KINDS = ['sms', 'void', 'sms', 'email', 'chat'] as const;

export function* mixedThreads(shape: Mixed): Generator<SourceItem> {
  const { firstOf, timeOf } = planOf(SEED, shape.messages);
  for (let n = 0; n + 1 < firstOf.length; n += 1) {
    const kind = KINDS[n % KINDS.length] ?? 'sms';
    const contact = kind === 'void' ? n - 1 : n;
    yield {
      brand_id: { S: brandOf(shape) },
      thread_id: { S: threadId(shape, n) },
      account_id: { S: accountOf(shape) },
      channel_id: { S: 'ch_1' },
      kind: { S: kind },
      c1: { S: kind === 'sms' || kind === 'void' ? BUSINESS : 'lakeside' },
      c2: { S: identityOf(kind, contact) },
      c2_name: { S: nameOf(SEED, contact) },
      status: { S: n % 4 === 0 ? 'closed' : 'open' },
      created_at: { S: isoTime(timeOf[firstOf[n] ?? 0]) },
      last_message_at: { S: isoTime(timeOf[(firstOf[n + 1] ?? 1) - 1]) },
    };
  }
}

/** In the order of time, as they were written. */
export function* mixedMessages(shape: Mixed): Generator<SourceItem> {
  const plan = planOf(SEED, shape.messages);
  for (const n of plan.inOrder) yield messageItem(shape, plan, n);
}

function messageItem(shape: Mixed, { timeOf, threadOf }: Plan, n: number): SourceItem {
  const at = isoTime(timeOf[n]);
  const id = `msg_${shape.name}_${String(n).padStart(9, '0')}`;
  const thread = threadOf[n] ?? 0;
  const isIncoming = unit(SEED, n, 1) < 0.5;
  const isRecorded = shape.recordings === true && unit(SEED, n, 2) < RECORDING_SHARE;
  const isCall = isRecorded || unit(SEED, n, 3) < CALL_SHARE;
  return {
    thread_id: { S: threadId(shape, thread) },
    message_key: { S: `${at}#${id}` },
    message_id: { S: id },
    brand_id: { S: brandOf(shape) },
    account_id: { S: accountOf(shape) },
    direction: { S: isIncoming ? 'in' : 'out' },
    kind: { S: isCall ? 'call' : 'text' },
    author: { S: isIncoming ? nameOf(SEED, thread) : 'Lakeside Dental' },
    body: { S: bodyOf(SEED, n) },
    sent_at: { S: at },
    metadata: metadataOf(SEED, n),
    ...(isCall ? { telephony: telephonyOf(id, n, isRecorded) } : {}),
  };
}

function telephonyOf(messageId: string, n: number, isRecorded: boolean): AttributeValue {
  return {
    M: {
      call_id: { S: `call_${n}` },
      duration_seconds: { N: String(n % 600) },
      outcome: { S: 'answered' },
      ...(isRecorded ? { recording_url: { S: `https://files.lakeside.example/${messageId}.mp3` } } : {}),
    },
  };
}

function identityOf(kind: (typeof KINDS)[number], contact: number): string {
  if (kind === 'email') return `contact-${contact}@mail.example`;
  return kind === 'chat' ? `visitor-${contact}` : `+1555${1_000_000 + contact}`;
}

function isoTime(time: number | undefined): string {
  return new Date(time ?? 0).toISOString();
}
