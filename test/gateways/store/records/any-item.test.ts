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
import { storeOfThisFile } from './store-database.js';
import { ATTACHMENT_DIGEST, MESSAGE_DIGEST, THREAD_DIGEST } from './store-digests.js';

const store = storeOfThisFile();
beforeAll(async () => {
  await store.query(`
    CREATE TEMPORARY TABLE m (source_id text, source_key text, source_thread_id text, direction text, kind text, author text,
      body text, sent_at timestamptz, telephony jsonb, metadata jsonb, original jsonb);
    CREATE TEMPORARY TABLE a (source_id text, source_url text, declared_content_type text, file_name text);
    CREATE TEMPORARY TABLE s (source_id text UNIQUE, kind text, status text, pair_key text UNIQUE, c1 text,
      c2 text, name text, at timestamptz, original jsonb);
    CREATE TEMPORARY TABLE q (source_key text, range_key text, source_id text, identity text, reason text, raw jsonb)`);
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

test('any message is a row that the store takes and computes the same digests of, or is quarantined', async () => {
  const seen = { row: 0, quarantined: 0 };
  await fc.assert(
    fc.asyncProperty(messageItem, async (item) => {
      const mapped = mapMessage(item, context);
      seen[mapped.kind] += 1;
      await (mapped.kind === 'row' ? expectTaken(mapped.row) : expectQuarantined(mapped.record, item));
    }),
    { numRuns: 1000 },
  );
  expect(Math.min(seen.row, seen.quarantined)).toBeGreaterThan(100);
});

test('any thread is a row that the store takes and computes the same digest of, or is quarantined', async () => {
  const seen = { row: 0, quarantined: 0 };
  await fc.assert(
    fc.asyncProperty(threadItem, async (item) => {
      const mapped = mapThread(item, context);
      seen[mapped.kind] += 1;
      await (mapped.kind === 'row' ? expectThreadTaken(mapped.row) : expectQuarantined(mapped.record, item));
    }),
    { numRuns: 1000 },
  );
  expect(Math.min(seen.row, seen.quarantined)).toBeGreaterThan(100);
});

test('any item at all, whatever is in its keys, is a row or quarantined', async () => {
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
  await fc.assert(
    fc.asyncProperty(item, async (value) => {
      for (const mapped of [mapMessage(value, context), mapThread(value, context)]) {
        expect(['row', 'quarantined']).toContain(mapped.kind);
        if (mapped.kind === 'quarantined') await expectQuarantined(mapped.record, value);
      }
    }),
    { numRuns: 500 },
  );
});

async function expectTaken(row: MessageRow): Promise<void> {
  await store.query('DELETE FROM m; DELETE FROM a');
  await store.query('INSERT INTO m VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', [
    row.sourceId,
    row.sourceKey,
    row.sourceThreadId,
    row.direction,
    row.kind,
    row.author,
    row.body,
    row.sentAt,
    row.telephony,
    row.metadata,
    row.original,
  ]);
  for (const { sourceId, url, contentType, fileName } of row.attachments) {
    await store.query('INSERT INTO a VALUES ($1, $2, $3, $4)', [sourceId, url, contentType, fileName]);
  }
  const { rows } = await store.query<{ digest: string; attachments: string }>(
    `SELECT ${MESSAGE_DIGEST} AS digest, (SELECT coalesce(sum(${ATTACHMENT_DIGEST}), 0) FROM a) AS attachments FROM m`,
  );
  expect(row.digest).toBe(BigInt(rows[0]!.digest));
  expect(row.attachmentsDigest).toBe(BigInt(rows[0]!.attachments));
  expect(row.attachmentsDigest).toBe(attachmentsDigest(row.sourceId, row.attachments));
}

async function expectThreadTaken(row: ThreadRow): Promise<void> {
  await store.query('DELETE FROM s');
  await store.query('INSERT INTO s VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
    row.sourceId,
    row.kind,
    row.status,
    row.pairKey,
    row.c1,
    row.c2,
    row.contactName,
    row.lastMessageAt,
    row.original,
  ]);
  const { rows } = await store.query<{ digest: string }>(`SELECT ${THREAD_DIGEST} AS digest FROM s, s AS t`);
  expect(row.digest).toBe(BigInt(rows[0]!.digest));
}

async function expectQuarantined(record: QuarantinedRecord, item: unknown): Promise<void> {
  const { sourceKey, rangeKey, sourceId, identity, reason, raw } = record;
  const { rows } = await store.query<{ raw: string | null }>(
    'INSERT INTO q VALUES ($1, $2, $3, $4, $5, $6) RETURNING raw::text AS raw',
    [sourceKey, rangeKey, sourceId, identity, reason, raw],
  );
  expect(rows[0]!.raw).toBe(raw);
  expect(identity).toMatch(/^[0-9a-f]{64}$/);
  const account = (item as { account_id?: unknown } | null | undefined)?.account_id;
  const another = typeof account === 'string' && account !== context.accountId;
  expect(raw === null).toBe(another);
  expect(another && sourceId !== null).toBe(false);
}
