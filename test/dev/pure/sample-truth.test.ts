import { describe, expect, it } from 'vitest';
import type { LooseItem } from '../../../dev/sample/contract.js';
import { generateAccount } from '../../../dev/sample/generator/account.js';
import { DIRT_NAMES } from '../../../dev/sample/generator/dirt/names.js';
import { truthOf, type Truth } from '../../../dev/sample/truth.js';

const now = new Date('2026-11-20T16:30:00.000Z');

const keyOf = (message: LooseItem) => `${String(message['thread_id'])}/${String(message['message_key'])}`;

function outcomes(truth: Truth) {
  const imported = new Set(truth.threads.flatMap((thread) => thread.messages).map((each) => `${each.threadSource}/${each.messageKey}`)); // prettier-ignore
  const sources = new Set(truth.threads.flatMap((thread) => thread.sources).map((source) => source.id));
  const refused = new Map<string, number>();
  for (const { keys } of truth.quarantinedMessages.values()) {
    for (const [place, key] of [...keys].entries()) refused.set(key, place);
  }
  return {
    threads: (key: string) => (sources.has(key.split('/')[1] ?? '') ? 'imported' : truth.quarantinedThreads.has(key) ? 'quarantined' : 'superseded'), // prettier-ignore
    messages: (key: string) => (imported.has(key) ? 'imported' : refused.get(key) === 0 ? 'quarantined' : 'superseded'), // prettier-ignore
  };
}

describe('planted irregularities and the truth about an account', () => {
  it('agree on what becomes of every planted record', () => {
    for (const seed of [1, 2, 3]) {
      const account = generateAccount({ now, seed, threads: 400, messages: 3_000, dirt: 'all' });
      const outcomeOf = outcomes(truthOf(account));
      expect(new Set(account.planted.map((record) => record.dirt)).size).toBe(DIRT_NAMES.length);
      for (const record of account.planted) {
        expect({ ...record, outcome: outcomeOf[record.table](record.key) }).toEqual(record);
      }
    }
  });

  it('account for every source message once, as a row or as quarantined', () => {
    const account = generateAccount({ now, threads: 400, messages: 3_000, dirt: 'all' });
    const truth = truthOf(account);
    const rows = truth.threads.flatMap((thread) => thread.messages.map((message) => message.id));
    expect(rows).toHaveLength(truth.messageIds.size);
    expect(truth.messageIds.size + truth.quarantinedMessages.size).toBe(truth.distinctMessages);
    expect(rows.filter((id) => truth.quarantinedMessages.has(id))).toEqual([]);
    const superseded = account.planted.filter((record) => record.outcome === 'superseded').length;
    expect(truth.distinctMessages).toBe(3_000 - superseded);
    const sources = truth.threads.flatMap((thread) => thread.sources);
    expect(sources.length + truth.quarantinedThreads.size).toBe(400);
  });

  it('keeps the number of records as it was asked for, with dirt or without', () => {
    const account = generateAccount({ now, threads: 400, messages: 3_000, dirt: 'all' });
    expect([...account.threads()]).toHaveLength(400);
    const messages = [...account.messages()];
    expect(messages).toHaveLength(3_000);
    expect(new Set(messages.map(keyOf)).size).toBe(3_000);
    expect(() => generateAccount({ now, threads: 5, messages: 3_000, dirt: 'all' })).toThrow(/planted/);
  });

  it('plants as many of a kind as it is told, and nothing else', () => {
    const account = generateAccount({ now, threads: 60, messages: 500, dirt: { 'foreign-message': 3, 'no-time-at-all': 1 } }); // prettier-ignore
    const counts = account.planted.map((record) => `${record.dirt} ${record.outcome}`);
    expect(counts).toEqual([
      ...Array<string>(3).fill('foreign-message quarantined'),
      'no-time-at-all quarantined',
    ]);
    expect(generateAccount({ now, threads: 60, messages: 500 }).planted).toEqual([]);
  });

  it('have the irregularities that they are named after', () => {
    const account = generateAccount({ now, threads: 400, messages: 3_000, dirt: 'all' });
    const messages = [...account.messages()];
    const byKey = new Map(messages.map((message) => [keyOf(message), message]));
    const planted = (dirt: string) => account.planted.filter((record) => record.dirt === dirt);
    const of = (dirt: string) => planted(dirt).map((record) => byKey.get(record.key) ?? {});
    expect(of('unstorable-text').map((message) => String(message['body'])).every((body) => body.includes('\u0000') || !body.isWellFormed())).toBe(true); // prettier-ignore
    expect(of('foreign-message').map((message) => message['account_id'])).not.toContain(account.accountId);
    expect(of('missing-sent-at').filter((message) => 'sent_at' in message)).toEqual([]);
    expect(new Set(of('equal-times').map((message) => message['sent_at'])).size).toBe(2);
    const across = of('repeated-across-recent-and-remaining');
    expect(new Set(across.map((message) => message['message_id'])).size).toBe(across.length / 2);
    const boundary = new Date(now.getTime() - 30 * 86_400_000).toISOString();
    expect(across.filter((message) => String(message['message_key']) < boundary)).toHaveLength(
      across.length / 2,
    );
  });
});

describe('the truth about an account', () => {
  const profile = { account_id: 'acc_1', name: 'A', email: '', locale: 'en-US', created_at: '' };
  const brand = { brand_id: 'br_1', name: 'B', website_url: '', channels: [] };
  const thread = (thread_id: string, more: LooseItem = {}) => ({
    brand_id: 'br_1', thread_id, account_id: 'acc_1', channel_id: 'ch_1', kind: 'sms', c1: '+14065550001', c2: '+12015550001',
    status: 'closed', created_at: '2026-01-01T00:00:00.000Z', last_message_at: '2026-02-01T00:00:00.000Z', ...more,
  }); // prettier-ignore
  const message = (thread_id: string, id: string, sent_at: string, more: LooseItem = {}) => ({
    thread_id, message_key: `${sent_at}#${id}`, message_id: id, brand_id: 'br_1', account_id: 'acc_1', direction: 'in',
    kind: 'text', body: id, sent_at, metadata: {}, ...more,
  }); // prettier-ignore
  const truth = (threads: LooseItem[], messages: LooseItem[]) =>
    truthOf({
      payload: { account: profile, brands: [brand], messages: { kind: 'dynamodb' } },
      *threads() { yield* threads; }, // prettier-ignore
      *messages() { yield* messages; }, // prettier-ignore
    });

  it('merges sms and void threads of one pair, however their numbers are written, and no others', () => {
    const { threads } = truth(
      [
        thread('t1', { status: 'archived' }),
        thread('t2', { kind: 'void', c2: '(201) 555-0001', status: 'open' }),
        thread('t3', { c2: '+12015550002' }),
        thread('t4', { kind: 'chat', c1: 'w', c2: 'v' }),
        thread('t5', { kind: 'chat', c1: 'w', c2: 'v' }),
      ],
      [
        message('t2', 'b', '2026-01-02T00:00:00.000Z'),
        message('t1', 'c', '2026-01-03T00:00:00.000Z'),
        message('t1', 'a', '2026-01-01T00:00:00.000Z'),
      ],
    );
    expect(threads.map((each) => each.sources.map((source) => source.id).join(' '))).toEqual(['t1 t2', 't3', 't4', 't5']); // prettier-ignore
    expect(threads[0]).toMatchObject({ status: 'open', c2: '+12015550001', messageCount: 3 });
    expect(threads[0]?.messages.map((each) => each.id)).toEqual(['a', 'b', 'c']);
    expect(threads[0]?.lastMessageAt).toBe(Date.parse('2026-01-03T00:00:00.000Z'));
    expect(threads[1]).toMatchObject({ messageCount: 0, lastMessageAt: null, status: 'closed' });
  });

  it('names a contact after its youngest thread that knows a name', () => {
    const at = (day: string) => ({ last_message_at: `2026-02-${day}T00:00:00.000Z` });
    const { contacts } = truth(
      [
        thread('t1', { ...at('01'), c2_name: 'old' }),
        thread('t2', { ...at('03') }),
        thread('t3', { ...at('02'), c2_name: 'younger' }),
        thread('t4', { c2: '+12015550002' }),
      ],
      [],
    );
    expect([...contacts]).toEqual([['+12015550001', 'younger'], ['+12015550002', null]]); // prettier-ignore
  });

  it('keeps text that cannot be stored beside what stands for it', () => {
    const { threads } = truth(
      [thread('t1')],
      [message('t1', 'a', '2026-01-01T00:00:00.000Z', { body: 'x\u0000\ud83dy' })],
    );
    const [row] = threads[0]?.messages ?? [];
    expect(row?.body).toBe('x\ufffd\ufffdy');
    expect(Buffer.from(row?.original?.['body'] ?? '', 'base64').toString('utf16le')).toBe('x\u0000\ud83dy');
  });

  it('reads dates as ISO 8601 with a zone, from the key where there is no other', () => {
    const sent = (sent_at: unknown) =>
      truth([thread('t1')], [message('t1', 'a', '2026-01-01T00:00:00.000Z', { sent_at })]).threads[0]
        ?.lastMessageAt;
    const key = Date.parse('2026-01-01T00:00:00.000Z');
    expect(sent('2025-12-01T10:00:00+02:00')).toBe(Date.parse('2025-12-01T08:00:00Z'));
    expect(sent('20251201T100000Z')).toBe(Date.parse('2025-12-01T10:00:00Z'));
    for (const none of ['2025-12-01T10:00:00', '2025-12-01', 'soon', 5, null, '2025-02-30T10:00:00Z'])
      expect(sent(none)).toBe(key);
  });
});
