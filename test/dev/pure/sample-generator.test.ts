import { createHash } from 'node:crypto';
import { parsePhoneNumberWithError } from 'libphonenumber-js';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { MessageItem, MigrationPayload, ThreadItem } from '../../../dev/sample/contract.js';
import { generateAccount, type SampleAccount } from '../../../dev/sample/generator/account.js';
import { written, WAYS_OF_WRITING } from '../../../dev/sample/generator/numbers.js';

const now = new Date('2026-11-20T16:30:00.000Z');
const DAY = 86_400_000;

function digest(account: SampleAccount): string {
  const hash = createHash('sha256').update(JSON.stringify(account.payload));
  for (const item of account.threads()) hash.update(JSON.stringify(item));
  for (const item of account.messages()) hash.update(JSON.stringify(item));
  return hash.digest('hex');
}

const small = { now, threads: 60, messages: 900 };

describe('the sample generator', () => {
  const sample = generateAccount({ now });
  const threads = [...sample.threads()] as ThreadItem[];
  const messages = [...sample.messages()] as MessageItem[];

  it('makes the same account from the same seed, and another from another', () => {
    const first = digest(generateAccount({ ...small, seed: 7 }));
    expect(digest(generateAccount({ ...small, seed: 7 }))).toBe(first);
    expect(digest(generateAccount({ ...small, seed: 8 }))).not.toBe(first);
  });

  it('gives the same records to two readers who take turns', () => {
    const account = generateAccount({ ...small, seed: 7 });
    const [one, two] = [account.messages(), account.messages()];
    for (let count = 0; count < 300; count++) expect(one.next().value).toEqual(two.next().value);
  });

  it('has the sample of the quick start: 3 brands, 9 channels, 4 numbers, 2,000 threads, 40,000 messages', () => {
    const channels = sample.payload.brands.flatMap((brand) => brand.channels);
    const ported = channels.filter((channel) => channel.port_phone_number);
    expect(sample.payload.brands).toHaveLength(3);
    expect(channels).toHaveLength(9);
    expect(new Set(ported.map((channel) => channel.phone_number)).size).toBe(4);
    expect(ported.length).toBeGreaterThan(4);
    expect(threads).toHaveLength(2_000);
    expect(messages).toHaveLength(40_000);
    expect(sample.counts).toEqual({ brands: 3, channels: 9, ports: 4, threads: 2_000, messages: 40_000 });
  });

  it('keeps to the contract with every record', () => {
    expect([...Value.Errors(MigrationPayload, sample.payload)]).toEqual([]);
    const [thread, message] = [Compile(ThreadItem), Compile(MessageItem)];
    expect(threads.filter((item) => !thread.Check(item))).toEqual([]);
    expect(messages.filter((item) => !message.Check(item))).toEqual([]);
  });

  it('has one key and one id for each record, and a thread for each message', () => {
    const ids = new Set(threads.map((thread) => `${thread.brand_id}/${thread.thread_id}`));
    expect(ids.size).toBe(threads.length);
    expect(new Set(messages.map((message) => message.message_id)).size).toBe(messages.length);
    expect(messages.filter((message) => !ids.has(`${message.brand_id}/${message.thread_id}`))).toEqual([]);
    expect(messages.filter((message) => message.message_key !== `${message.sent_at}#${message.message_id}`)).toEqual([]); // prettier-ignore
  });

  it('spreads messages over three years up to now, some of every brand in the last 30 days and today', () => {
    const times = messages.map((message) => Date.parse(message.sent_at));
    expect(Math.max(...times)).toBeLessThanOrEqual(now.getTime());
    expect(Math.min(...times)).toBeGreaterThan(now.getTime() - 3 * 366 * DAY);
    expect(Math.min(...times)).toBeLessThan(now.getTime() - 2.5 * 365 * DAY);
    for (const brand of sample.payload.brands) {
      const own = messages.filter((message) => message.brand_id === brand.brand_id);
      const recent = own.filter((message) => Date.parse(message.sent_at) >= now.getTime() - 30 * DAY);
      const today = recent.filter((message) => message.sent_at.startsWith('2026-11-20'));
      expect(today.length).toBeGreaterThan(0);
      expect(recent.length).toBeGreaterThan(today.length);
      expect(own.length).toBeGreaterThan(recent.length);
    }
  });

  it('says of each thread when its newest message was sent, and writes messages in order', () => {
    const newest = new Map<string, string>();
    const isNewer = ({ thread_id, sent_at }: MessageItem) => {
      const isNext = sent_at > (newest.get(thread_id) ?? '');
      newest.set(thread_id, sent_at);
      return isNext;
    };
    expect(messages.filter((message) => !isNewer(message))).toEqual([]);
    expect(threads.filter((thread) => thread.last_message_at !== newest.get(thread.thread_id))).toEqual([]);
  });

  it('has many small threads and a few large ones', () => {
    const sizes = new Map<string, number>();
    for (const { thread_id } of messages) sizes.set(thread_id, (sizes.get(thread_id) ?? 0) + 1);
    const sorted = [...sizes.values()].sort((a, b) => a - b);
    const average = messages.length / threads.length;
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(average / 1.5);
    expect(sorted.at(-1)).toBeGreaterThan(average * 10);
  });

  it('has sms and void threads of one pair, with numbers written in several ways', () => {
    const e164 = (text: string) => parsePhoneNumberWithError(text, 'US').number;
    const pairs = new Map<string, Set<string>>();
    const spellings = new Set<string>();
    for (const thread of threads.filter((each) => each.kind === 'sms' || each.kind === 'void')) {
      const pair = [thread.brand_id, e164(thread.c1), e164(thread.c2)].join(' ');
      pairs.set(pair, (pairs.get(pair) ?? new Set()).add(thread.kind));
      spellings.add(thread.c2.replace(/\d+/g, '0'));
    }
    expect([...pairs.values()].filter((kinds) => kinds.size === 2).length).toBeGreaterThan(20);
    expect(spellings.size).toBeGreaterThanOrEqual(WAYS_OF_WRITING.length);
  });

  it('talks like people: hardly a text comes twice, in several scripts, with attachments and calls', () => {
    const bodies = messages.flatMap((message) => (message.body?.length ?? 0) > 25 ? [message.body] : []); // prettier-ignore
    expect(new Set(bodies).size / bodies.length).toBeGreaterThan(0.75);
    expect(messages.some((message) => /\p{Extended_Pictographic}/u.test(message.body ?? ''))).toBe(true);
    expect(messages.some((message) => /\p{Script=Han}/u.test(message.body ?? ''))).toBe(true);
    expect(messages.filter((message) => /\{\w*\}/.test(message.body ?? ''))).toEqual([]);
    const kinds = new Set(messages.map((message) => `${message.direction} ${message.kind}`));
    expect([...kinds].sort()).toEqual(['in call', 'in text', 'in voicemail', 'out call', 'out note', 'out text', 'system text']); // prettier-ignore
    const types = new Set(messages.flatMap((message) => message.attachments ?? []).map((file) => file.content_type)); // prettier-ignore
    expect([...types].sort()).toEqual(['application/pdf', 'audio/wav', 'image/jpeg', 'image/png']);
    expect(messages.filter((message) => message.telephony !== undefined).every((message) => message.kind === 'call' || message.kind === 'voicemail')).toBe(true); // prettier-ignore
  });

  it('has no two conversations that look alike', () => {
    const texts = new Map<string, string[]>();
    for (const { thread_id, body } of messages) {
      texts.set(thread_id, [...(texts.get(thread_id) ?? []).slice(0, 5), body ?? '']);
    }
    const talks = [...texts.values()].filter((lines) => lines.filter((line) => line !== '').length >= 4);
    expect(talks.length).toBeGreaterThan(500);
    expect(new Set(talks.map((lines) => lines.join('\n'))).size).toBe(talks.length);
  });

  it('writes every number of every region so that it can be read back', () => {
    for (const [locale, region] of [
      ['en-US', 'US'],
      ['en-GB', 'GB'],
      ['en-AU', 'AU'],
      ['de-DE', 'DE'],
    ] as const) {
      for (const thread of generateAccount({ ...small, locale }).threads() as Generator<ThreadItem>) {
        if (thread.kind !== 'sms' && thread.kind !== 'void') continue;
        const number = parsePhoneNumberWithError(thread.c2, region);
        expect(number.isPossible()).toBe(true);
        for (const way of WAYS_OF_WRITING) {
          expect(parsePhoneNumberWithError(written(number.number, way), region).number).toBe(number.number);
        }
      }
    }
  });

  it('makes accounts of other shapes', () => {
    const one = generateAccount({
      now,
      brands: 1,
      channels: 1,
      portedNumbers: 1,
      threads: 1,
      messages: 3_000,
    });
    expect([...one.messages()]).toHaveLength(3_000);
    const sparse = generateAccount({ now, brands: 2, threads: 500, messages: 500 });
    expect(new Set([...sparse.messages()].map((message) => message['thread_id'])).size).toBe(500);
    const even = generateAccount({ now, threads: 10, messages: 100, skew: 0 });
    const perThread = new Map<unknown, number>();
    for (const { thread_id } of even.messages())
      perThread.set(thread_id, (perThread.get(thread_id) ?? 0) + 1);
    expect([...perThread.values()]).toEqual(Array(10).fill(10));
    expect(() => generateAccount({ now, brands: 1, channels: 1, portedNumbers: 4 })).toThrow(/ported/);
  });

  it('gives a million messages one by one without keeping them', () => {
    const large = generateAccount({ now, threads: 1_000, messages: 1_000_000 });
    const reader = large.messages();
    let read = 0;
    while (read < 30_000 && reader.next().done === false) read += 1;
    expect(read).toBe(30_000);
    expect(large.counts.messages).toBe(1_000_000);
  });
});
