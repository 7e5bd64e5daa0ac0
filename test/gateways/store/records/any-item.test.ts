import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { attachmentsDigest } from '../../../../domain/conversations/records/map-attachments.js';
import { mapMessage } from '../../../../domain/conversations/records/map-message.js';
import { mapThread } from '../../../../domain/conversations/records/map-thread.js';
import type {
  MessageRow,
  QuarantinedRecord,
  ThreadRow,
} from '../../../../domain/conversations/records/rows.js';
import {
  anyText,
  attribute,
  attributeValue,
  present,
} from '../../../domain/conversations/records/arbitraries.js';
import { context } from '../../../domain/conversations/records/items.js';
import { columnsOf, inBatches, storeOfThisFile } from './store-database.js';
import { ATTACHMENT_DIGEST, MESSAGE_DIGEST, THREAD_DIGEST } from './store-digests.js';

const store = storeOfThisFile();
beforeAll(async () => {
  await store.query(`
    CREATE TEMPORARY TABLE m (n int, source_id text, source_key text, source_thread_id text, direction text, kind text, author text,
      body text, sent_at timestamptz, telephony jsonb, metadata jsonb, original jsonb);
    CREATE TEMPORARY TABLE a (n int, source_id text, source_url text, declared_content_type text, file_name text);
    CREATE TEMPORARY TABLE s (n int, source_id text, kind text, status text, pair_key text, c1 text,
      c2 text, name text, at timestamptz, original jsonb);
    CREATE INDEX ON s (source_id);
    CREATE INDEX ON s (pair_key);
    CREATE TEMPORARY TABLE q (n int, source_key text, range_key text, source_id text, identity text, reason text, raw jsonb)`);
});

const key = anyText.filter((text) => text !== '');
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('2024-02-29T10:20:30.123456+02:00', '2024-02-30T10:20:30.123Z', '-004713-11-24T00:00Z'),
);
const map = attribute(fc.dictionary(anyText, attributeValue, { maxKeys: 3 }));
const attachmentItem = fc
  .record({
    attachment_id: attribute(fc.constantFrom('att_1', 'att_2')),
    url: attribute(fc.constantFrom('https://files.example/1', 'https://files.example/2')),
    content_type: attribute(anyText),
    file_name: attribute(anyText),
    size: attributeValue,
  })
  .map(present);

const account = fc.oneof({ weight: 9, arbitrary: fc.constant('acc_1') }, attributeValue);
const messageItem = fc
  .record({
    thread_id: key,
    message_key: fc.oneof(
      key,
      fc.tuple(time, key).map((parts) => parts.join('#')),
    ),
    brand_id: key,
    account_id: account,
    message_id: attribute(anyText),
    direction: attribute(fc.constantFrom('in', 'out', 'system')),
    kind: attribute(fc.constantFrom('text', 'call', 'voicemail', 'note')),
    author: attribute(anyText),
    body: attribute(anyText),
    sent_at: attribute(time),
    attachments: attribute(fc.array(attachmentItem, { maxLength: 3 })),
    telephony: map,
    metadata: map,
    more: attributeValue,
  })
  .map(present);

const number = fc.constantFrom(
  '+15550001111',
  '(555) 000-1111',
  ' 22395 ',
  'tel:+15550001111',
  '\0+15550001111',
);
const threadItem = fc
  .record({
    brand_id: key,
    thread_id: key,
    account_id: account,
    channel_id: attributeValue,
    kind: attribute(fc.constantFrom('sms', 'void', 'email', 'chat', 'social')),
    c1: attribute(number),
    c2: attribute(fc.oneof(number, anyText)),
    c2_name: attribute(anyText),
    status: attribute(fc.constantFrom('open', 'closed', 'archived')),
    created_at: attribute(time),
    last_message_at: attribute(time),
  })
  .map(present);

test('any message becomes a row with the same digests in the store, or is quarantined', async () => {
  const seen = { row: 0, quarantined: 0 };
  await inBatches(messageItem, 1_000, async (items) => {
    const all = items.map((item) => ({ item, mapped: mapMessage(item, context) }));
    for (const { mapped } of all) seen[mapped.kind] += 1;
    await expectTaken(all.flatMap(({ mapped }) => (mapped.kind === 'row' ? [mapped.row] : [])));
    await expectQuarantined(all);
  });
  expect(Math.min(seen.row, seen.quarantined)).toBeGreaterThan(100);
});

test('any thread becomes a row with the same digest in the store, or is quarantined', async () => {
  const seen = { row: 0, quarantined: 0 };
  await inBatches(threadItem, 1_000, async (items) => {
    const all = items.map((item) => ({ item, mapped: mapThread(item, context) }));
    for (const { mapped } of all) seen[mapped.kind] += 1;
    await expectThreadsTaken(all.flatMap(({ mapped }) => (mapped.kind === 'row' ? [mapped.row] : [])));
    await expectQuarantined(all);
  });
  expect(Math.min(seen.row, seen.quarantined)).toBeGreaterThan(100);
});

test('any item becomes a row or is quarantined, whatever its keys', async () => {
  const names = [
    'thread_id',
    'message_key',
    'message_id',
    'brand_id',
    'account_id',
    'c1',
    '__proto__',
    'constructor',
  ];
  const item = fc.oneof(
    attributeValue,
    fc.dictionary(fc.oneof(fc.constantFrom(...names), anyText), attributeValue),
  );
  await inBatches(item, 500, async (values) => {
    const all = values.flatMap((value) => [
      { item: value, mapped: mapMessage(value, context) },
      { item: value, mapped: mapThread(value, context) },
    ]);
    for (const { mapped } of all) expect(['row', 'quarantined']).toContain(mapped.kind);
    await expectQuarantined(all);
  });
});

async function expectTaken(rows: readonly MessageRow[]): Promise<void> {
  await store.query('DELETE FROM m; DELETE FROM a');
  const messages = rows.map((row, n) => [
    ...[n, row.sourceId, row.sourceKey, row.sourceThreadId, row.direction, row.kind, row.author, row.body],
    ...[row.sentAt, row.telephony, row.metadata, row.original],
  ]);
  await store.query(
    `INSERT INTO m SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::timestamptz[], $10::jsonb[], $11::jsonb[], $12::jsonb[])`,
    columnsOf(messages, 12),
  );
  const attachments = rows.flatMap((row, n) =>
    row.attachments.map(({ sourceId, url, contentType, fileName }) => [
      n,
      sourceId,
      url,
      contentType,
      fileName,
    ]),
  );
  await store.query(
    'INSERT INTO a SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[])',
    columnsOf(attachments, 5),
  );
  const inStore = await store.query<{ digest: string; attachments: string }>(
    `SELECT ${MESSAGE_DIGEST} AS digest,
       (SELECT coalesce(sum(${ATTACHMENT_DIGEST}), 0) FROM a WHERE a.n = m.n) AS attachments FROM m ORDER BY n`,
  );
  expect(rows.map((row) => [row.digest, row.attachmentsDigest])).toEqual(
    inStore.rows.map((row) => [BigInt(row.digest), BigInt(row.attachments)]),
  );
  for (const row of rows)
    expect(row.attachmentsDigest).toBe(attachmentsDigest(row.sourceId, row.attachments));
}

async function expectThreadsTaken(rows: readonly ThreadRow[]): Promise<void> {
  await store.query('DELETE FROM s');
  const threads = rows.map((row, n) => [
    ...[n, row.sourceId, row.kind, row.status, row.pairKey, row.c1, row.c2, row.contactName],
    ...[row.lastMessageAt, row.original],
  ]);
  await store.query(
    `INSERT INTO s SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::timestamptz[], $10::jsonb[])`,
    columnsOf(threads, 10),
  );
  const inStore = await store.query<{ digest: string }>(
    `SELECT ${THREAD_DIGEST} AS digest FROM s JOIN s AS t USING (n) ORDER BY n`,
  );
  expect(rows.map(({ digest }) => digest)).toEqual(inStore.rows.map(({ digest }) => BigInt(digest)));
}

type Mapped = { readonly kind: 'row' } | { readonly kind: 'quarantined'; readonly record: QuarantinedRecord };

/** Those that were quarantined. */
async function expectQuarantined(
  all: readonly { readonly item: unknown; readonly mapped: Mapped }[],
): Promise<void> {
  const records = all.flatMap(({ item, mapped }) =>
    mapped.kind === 'quarantined' ? [{ item, ...mapped.record }] : [],
  );
  await store.query('DELETE FROM q');
  await store.query(
    'INSERT INTO q SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])',
    columnsOf(
      records.map(({ sourceKey, rangeKey, sourceId, identity, reason, raw }, n) => [
        ...[n, sourceKey, rangeKey, sourceId, identity, reason, raw],
      ]),
      7,
    ),
  );
  const { rows } = await store.query<{ raw: string | null }>('SELECT raw::text AS raw FROM q ORDER BY n');
  expect(rows.map(({ raw }) => raw)).toEqual(records.map(({ raw }) => raw));
  for (const { item, identity, raw, sourceId } of records) {
    expect(identity).toMatch(/^[0-9a-f]{64}$/);
    const account = (item as { account_id?: unknown } | null | undefined)?.account_id;
    const another = typeof account === 'string' && account !== context.accountId;
    expect(raw === null).toBe(another);
    expect(another && sourceId !== null).toBe(false);
  }
}
