/**
 * How many records a second one thread maps, by kind of record. The digest's share is measured by itself, since it is
 * the largest single part. Run: `npm run build && node dist/bench/mapping.js`
 */
import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { messageDigest } from '../domain/conversations/digest.js';
import { mapMessage } from '../domain/conversations/map-message.js';
import { mapThread } from '../domain/conversations/map-thread.js';

const RECORDS = 20_000;
const ROUNDS = 15;
const context = { accountId: 'acc_1', brandId: 'br_1', region: 'US' };

type Item = Record<string, unknown>;

function message(index: number): Item {
  const sentAt = new Date(1_700_000_000_000 + index * 61_003).toISOString();
  return {
    thread_id: `thr_${index % 400}`,
    message_key: `${sentAt}#msg_${index}`,
    message_id: `msg_${index}`,
    brand_id: 'br_1',
    account_id: 'acc_1',
    direction: index % 2 ? 'in' : 'out',
    kind: 'text',
    author: 'Anna Berg',
    body: `${index} Thank you for the quick reply, tomorrow at ten is fine. `.repeat(4).slice(0, 200),
    sent_at: sentAt,
  };
}

function call(index: number): Item {
  return {
    ...message(index),
    kind: 'call',
    telephony: {
      call_id: `call_${index}`,
      duration_seconds: NumberValue.from(String(index)),
      outcome: 'answered',
    },
    metadata: { campaign: 'spring', tags: ['a', 'b'], score: NumberValue.from('0.75') },
    attachments: [
      { attachment_id: `att_${index}`, url: `https://files.example/${index}`, file_name: 'a.mp3' },
    ],
  };
}

function thread(index: number): Item {
  return {
    brand_id: 'br_1',
    thread_id: `thr_${index}`,
    account_id: 'acc_1',
    kind: 'sms',
    c1: '+15550001111',
    c2: `(555) ${String(index % 1000).padStart(3, '0')}-${String(index % 10_000).padStart(4, '0')}`,
    c2_name: 'Anna Berg',
    status: 'open',
    last_message_at: new Date(1_700_000_000_000 + index * 61_003).toISOString(),
  };
}

/** The best round's rate: the others were disturbed. */
function measure<Input>(inputs: readonly Input[], work: (input: Input) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    for (const input of inputs) work(input);
    best = Math.min(best, performance.now() - start);
  }
  return (inputs.length / best) * 1000;
}

function show(name: string, rate: number): void {
  process.stdout.write(`${name.padEnd(48)}${Math.round(rate).toLocaleString('en').padStart(12)}/s\n`);
}

const indexes = Array.from({ length: RECORDS }, (_, index) => index);
const messages = indexes.map(message);
const rows = messages.flatMap((item) => {
  const mapped = mapMessage(item, context);
  return mapped.kind === 'row' ? [mapped.row] : [];
});

const whole = measure(messages, (item) => mapMessage(item, context));
const digest = measure(rows, (row) => messageDigest(row, '1700000000000000'));
show('plain 200-byte messages', whole);
show('  their digests alone', digest);
show('  without digests', 1 / (1 / whole - 1 / digest));
show(
  'calls with telephony, metadata, an attachment',
  measure(indexes.map(call), (item) => mapMessage(item, context)),
);
show(
  'sms threads, numbers written nationally',
  measure(indexes.map(thread), (item) => mapThread(item, context)),
);
