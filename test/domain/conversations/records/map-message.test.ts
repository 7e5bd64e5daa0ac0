import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { attachmentDigest } from '../../../../domain/conversations/records/digest.js';
import { attachment, messageItem, messageRow, quarantinedMessage } from './items.js';

const number = (text: string) => NumberValue.from(text);
const base64 = (text: string) => Buffer.from(text, 'utf16le').toString('base64');

test('a message becomes a row', () => {
  expect(messageRow()).toMatchObject({
    sourceId: 'msg_1',
    sourceKey: '2024-02-29T10:20:30.123Z#msg_1',
    sourceThreadId: 'thr_1',
    direction: 'in',
    kind: 'text',
    author: 'Anna Berg',
    body: 'Good morning',
    sentAt: '2024-02-29T10:20:30.123Z',
    telephony: null,
    metadata: null,
    original: null,
    attachments: [],
    attachmentsDigest: 0n,
  });
});

describe('optional attributes', () => {
  test('an absent body is null and an empty one is empty', () => {
    expect(messageRow({ body: undefined }).body).toBeNull();
    expect(messageRow({ body: null }).body).toBeNull();
    expect(messageRow({ body: '' }).body).toBe('');
    expect(messageRow({ author: undefined }).author).toBeNull();
    expect(messageRow({ author: '' }).author).toBe('');
  });

  test.each(['author', 'body', 'telephony', 'metadata', 'attachments'])(
    'DynamoDB’s NULL for %s is absence',
    (name) => {
      expect(messageRow({ [name]: null }).digest).toBe(messageRow({ [name]: undefined }).digest);
    },
  );

  test('unknown attributes change nothing', () => {
    expect(messageRow({ flavour: new Set([number('1')]), 'odd\0': '\ud800' })).toEqual(messageRow());
  });
});

describe('a message is quarantined with the reason', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no thread', { thread_id: undefined }, 'attribute "thread_id" is missing'],
    ['an empty thread', { thread_id: '' }, 'attribute "thread_id" is empty'],
    ['no key', { message_key: undefined }, 'attribute "message_key" is missing'],
    ['no id', { message_id: undefined }, 'attribute "message_id" is missing'],
    ['an empty id', { message_id: '' }, 'attribute "message_id" is empty'],
    ['a number as id', { message_id: number('7') }, 'attribute "message_id" has type N, expected S'],
    ['an endless id', { message_id: 'é'.repeat(513) }, 'attribute "message_id" is longer than 1024 bytes'],
    ['no account', { account_id: undefined }, 'attribute "account_id" is missing'],
    ['a number as account', { account_id: number('1') }, 'attribute "account_id" has type N, expected S'],
    ['no direction', { direction: undefined }, 'attribute "direction" is missing'],
    ['NULL as direction', { direction: null }, 'attribute "direction" has type NULL, expected S'],
    ['a number as direction', { direction: number('1') }, 'attribute "direction" has type N, expected S'],
    ['an unknown direction', { direction: 'up' }, 'attribute "direction" is none of in, out, system'],
    ['a direction in capitals', { direction: 'IN' }, 'attribute "direction" is none of in, out, system'],
    ['no kind', { kind: undefined }, 'attribute "kind" is missing'],
    ['an unknown kind', { kind: 'fax' }, 'attribute "kind" is none of text, call, voicemail, note'],
    ['a list as kind', { kind: ['text'] }, 'attribute "kind" has type L, expected S'],
    ['a number as author', { author: number('5') }, 'attribute "author" has type N, expected S'],
    ['binary as body', { body: new Uint8Array([1]) }, 'attribute "body" has type B, expected S'],
    ['a set as body', { body: new Set(['a']) }, 'attribute "body" has type SS, expected S'],
    ['a boolean as body', { body: false }, 'attribute "body" has type BOOL, expected S'],
    ['text as telephony', { telephony: '{}' }, 'attribute "telephony" has type S, expected M'],
    ['a list as telephony', { telephony: [] }, 'attribute "telephony" has type L, expected M'],
    ['a number as metadata', { metadata: number('1') }, 'attribute "metadata" has type N, expected M'],
    ['binary as metadata', { metadata: new Uint8Array([1]) }, 'attribute "metadata" has type B, expected M'],
    [
      'a set as metadata',
      { metadata: new Set([number('1')]) },
      'attribute "metadata" has type NS, expected M',
    ],
    ['text as attachments', { attachments: 'none' }, 'attribute "attachments" has type S, expected L'],
    ['a map as attachments', { attachments: {} }, 'attribute "attachments" has type M, expected L'],
    [
      'text as attachment',
      { attachments: [attachment(), 'x'] },
      'attribute "attachments[1]" has type S, expected M',
    ],
    [
      'an attachment without id',
      { attachments: [attachment({ attachment_id: undefined })] },
      'attribute "attachments[0].attachment_id" is missing',
    ],
    [
      'an attachment without address',
      { attachments: [attachment(), attachment({ attachment_id: 'att_2', url: undefined })] },
      'attribute "attachments[1].url" is missing',
    ],
    [
      'an attachment whose address is a number',
      { attachments: [attachment({ url: number('1') })] },
      'attribute "attachments[0].url" has type N, expected S',
    ],
    [
      'an attachment whose type is a number',
      { attachments: [attachment({ content_type: number('1') })] },
      'attribute "attachments[0].content_type" has type N, expected S',
    ],
    [
      'two attachments of one id that differ',
      { attachments: [attachment(), attachment({ file_name: 'b.png' })] },
      'attribute "attachments[1].attachment_id" is that of another one',
    ],
  ])('%s', (_, changes, reason) => {
    expect(quarantinedMessage(changes).reason).toBe(reason);
  });

  test('the first fault is named', () => {
    expect(quarantinedMessage({ direction: 'up', kind: 'fax' }).reason).toContain('"direction"');
  });

  test('nesting that PostgreSQL could not read', () => {
    const deep: unknown = JSON.parse('{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000));
    expect(quarantinedMessage({ metadata: deep }).reason).toBe('attribute "metadata" is nested too deeply');
  });
});

describe('sent_at decides the time', () => {
  const inKey = { message_key: '2024-01-01T00:00:00.000Z#msg_1' };

  test('even if the key has another', () => {
    expect(messageRow(inKey).sentAt).toBe('2024-02-29T10:20:30.123Z');
  });

  test.each<[string, unknown]>([
    ['missing', undefined],
    ['NULL', null],
    ['a number', number('1709202030123')],
    ['no date', 'yesterday'],
    ['without a zone', '2024-02-29T10:20:30.123'],
    ['a day that is none', '2023-02-29T10:20:30.123Z'],
  ])('if it is %s, the time in the key does', (_, sentAt) => {
    expect(messageRow({ ...inKey, sent_at: sentAt }).sentAt).toBe('2024-01-01T00:00:00.000Z');
  });

  test.each<[unknown, string]>([
    [undefined, 'is missing'],
    ['yesterday', 'is no date'],
    [number('1'), 'has type N, expected S'],
  ])('where neither is a date, the message is quarantined (%j)', (sentAt, wrong) => {
    const { reason } = quarantinedMessage({ message_key: 'no date#msg_1', sent_at: sentAt });
    expect(reason).toBe(`attribute "sent_at" ${wrong}, and "message_key" holds no date either`);
  });

  test('one instant in two formats has one digest', () => {
    const written = messageRow({ sent_at: '2024-02-29T12:20:30,123+02:00' });
    expect(written.sentAt).toBe('2024-02-29 10:20:30.123000+00');
    expect(written.digest).toBe(messageRow().digest);
  });
});

test('telephony and metadata are kept unchanged for every message', () => {
  const row = messageRow({
    telephony: { call_id: 'c', duration_seconds: number('1.50E+2'), outcome: null },
    metadata: { zz: new Set([number('2'), number('10')]), a: { b: [true, new Uint8Array([1])] }, '': 'x' },
  });
  expect(row.kind).toBe('text');
  expect(row.telephony).toBe('{"call_id": "c", "outcome": null, "duration_seconds": 150}');
  expect(row.metadata).toBe('{"": "x", "a": {"b": [true, "AQ=="]}, "zz": [10, 2]}');
  expect(messageRow({ metadata: {} }).metadata).toBe('{}');
});

describe('attachments', () => {
  test('become rows without their declared size', () => {
    const row = messageRow({
      attachments: [
        attachment({ size: 'huge' }),
        attachment({ attachment_id: 'att_2', content_type: undefined, file_name: null, size: undefined }),
      ],
    });
    const url = 'https://files.example/att_1';
    expect(row.attachments).toEqual([
      { sourceId: 'att_1', url, contentType: 'image/png', fileName: 'a.png' },
      { sourceId: 'att_2', url, contentType: null, fileName: null },
    ]);
    expect(row.attachmentsDigest).toBe(
      attachmentDigest('msg_1', row.attachments[0]!) + attachmentDigest('msg_1', row.attachments[1]!),
    );
  });

  test('listed twice are one, even if the declared sizes differ', () => {
    const twice = messageRow({ attachments: [attachment(), attachment({ size: number('1') })] });
    expect(twice).toEqual(messageRow({ attachments: [attachment()] }));
  });

  test('have the same sum of digests in any order', () => {
    const [one, two] = [attachment(), attachment({ attachment_id: 'att_2' })];
    expect(messageRow({ attachments: [one, two] }).attachmentsDigest).toBe(
      messageRow({ attachments: [two, one] }).attachmentsDigest,
    );
  });
});

describe('text that PostgreSQL cannot hold', () => {
  test('is replaced, and the original of each attribute is kept', () => {
    const row = messageRow({ author: 'A\0', body: 'half \ud83d of a pair', sent_at: undefined });
    expect([row.author, row.body]).toEqual(['A\uFFFD', 'half \uFFFD of a pair']);
    expect(JSON.parse(row.original!)).toEqual({
      author: base64('A\0'),
      body: base64('half \ud83d of a pair'),
    });
  });

  test('in ids and keys is replaced in the same way, so that joins still hold', () => {
    const row = messageRow({
      thread_id: 't\0',
      message_id: 'm\ud800',
      message_key: '2024-02-29T10:20:30.123Z#m\ud800',
    });
    expect([row.sourceThreadId, row.sourceId]).toEqual(['t\uFFFD', 'm\uFFFD']);
    expect(row.sourceKey).toBe('2024-02-29T10:20:30.123Z#m\uFFFD');
    expect(Object.keys(JSON.parse(row.original!) as object).sort()).toEqual([
      'message_id',
      'message_key',
      'thread_id',
    ]);
  });

  test('within maps and attachments is kept as the exact JSON of the attribute', () => {
    const attachments = [attachment({ file_name: 'a\0.png', size: undefined })];
    const row = messageRow({ metadata: { note: ['\0'] }, telephony: { '\ud800': 1 }, attachments });
    expect(row.metadata).toBe('{"note": ["\uFFFD"]}');
    expect(row.telephony).toBe('{"\uFFFD": 1}');
    expect(row.attachments[0]!.fileName).toBe('a\uFFFD.png');
    const original = JSON.parse(row.original!) as Record<string, string>;
    const exact = (name: string): unknown =>
      JSON.parse(Buffer.from(original[name]!, 'base64').toString('utf16le'));
    expect(exact('metadata')).toEqual({ note: ['\0'] });
    expect(exact('telephony')).toEqual({ '\ud800': 1 });
    expect(exact('attachments')).toEqual(attachments);
  });
});

test('each column counts in the digest', () => {
  const rows = [
    {},
    { message_id: 'msg_2' },
    { thread_id: 'thr_2' },
    { message_key: '2024-02-29T10:20:30.123Z#msg_2' },
    { direction: 'out' },
    { kind: 'note' },
    { author: undefined },
    { body: '' },
    { body: undefined },
    { sent_at: '2024-02-29T10:20:30.124Z' },
    { telephony: {} },
    { metadata: {} },
    { body: 'Good morning\0' },
    { body: 'Good morning\uFFFD' },
  ].map((changes) => messageRow(changes).digest);
  expect(new Set(rows).size).toBe(rows.length);
});

test('a line of a dump, with plain numbers, maps to the same row', () => {
  const fields = { telephony: { duration_seconds: 62, rate: 0.5 } };
  const wrapped = { telephony: { duration_seconds: number('62'), rate: number('0.5') } };
  const dumped: unknown = JSON.parse(JSON.stringify(messageItem(fields)));
  expect(messageRow(dumped as Record<string, unknown>)).toEqual(messageRow(wrapped));
});
