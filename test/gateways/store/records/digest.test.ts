import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  attachmentDigest,
  messageDigest,
  threadDigest,
} from '../../../../domain/conversations/records/digest.js';
import { jsonbText } from '../../../../domain/conversations/records/jsonb.js';
import {
  DIRECTIONS,
  MESSAGE_KINDS,
  THREAD_KINDS,
  THREAD_STATUSES,
} from '../../../../domain/conversations/records/rows.js';
import { timestampOf } from '../../../../domain/conversations/records/time.js';
import { attributeValue, storableText } from '../../../domain/conversations/records/arbitraries.js';
import { storeOfThisFile } from './store-database.js';
import { ATTACHMENT_DIGEST, MESSAGE_DIGEST, THREAD_DIGEST } from './store-digests.js';

const store = storeOfThisFile();

const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const jsonb = optional(fc.dictionary(storableText, attributeValue).map((value) => jsonbText(value).text));

async function digestInStore(sql: string, from: string, values: unknown[]): Promise<bigint> {
  const { rows } = await store.query<{ digest: string }>(`SELECT ${sql} AS digest FROM ${from}`, values);
  return BigInt(rows[0]!.digest);
}

test('a message has the digest that the store computes from its columns', async () => {
  const row = fc.record({
    sourceId: storableText,
    sourceThreadId: storableText,
    sourceKey: storableText,
    direction: fc.constantFrom(...DIRECTIONS),
    kind: fc.constantFrom(...MESSAGE_KINDS),
    author: optional(storableText),
    body: optional(storableText),
    sentAt: fc
      .date({ noInvalidDate: true, min: new Date(Date.UTC(-4712, 0, 1)) })
      .map((date) => date.toISOString()),
    telephony: jsonb,
    metadata: jsonb,
    original: jsonb,
  });
  await fc.assert(
    fc.asyncProperty(row, async (message) => {
      const sentAt = timestampOf(message.sentAt)!;
      const values = Object.values({ ...message, sentAt: sentAt.text });
      const from = `(SELECT $1::text source_id, $2::text source_thread_id, $3::text source_key, $4::text direction,
        $5::text kind, $6::text author, $7::text body, $8::timestamptz sent_at, $9::jsonb telephony,
        $10::jsonb metadata, $11::jsonb original) m`;
      expect(messageDigest({ ...message, sentAt: sentAt.text }, sentAt.micros)).toBe(
        await digestInStore(MESSAGE_DIGEST, from, values),
      );
    }),
    { numRuns: 500 },
  );
});

test('an attachment has the digest that the store computes from its columns', async () => {
  const attachment = fc.record({
    sourceId: storableText,
    url: storableText,
    contentType: optional(storableText),
    fileName: optional(storableText),
  });
  await fc.assert(
    fc.asyncProperty(storableText, attachment, async (messageId, row) => {
      const from = `(SELECT $1::text source_id) m, (SELECT $2::text source_id, $3::text source_url,
        $4::text declared_content_type, $5::text file_name) a`;
      const values = [messageId, row.sourceId, row.url, row.contentType, row.fileName];
      expect(attachmentDigest(messageId, row)).toBe(await digestInStore(ATTACHMENT_DIGEST, from, values));
    }),
    { numRuns: 300 },
  );
});

test('a thread has the digest that the store computes from its columns', async () => {
  const thread = fc.record({
    sourceId: storableText,
    kind: fc.constantFrom(...THREAD_KINDS),
    status: fc.constantFrom(...THREAD_STATUSES),
    c1: storableText,
    c2: storableText,
  });
  await fc.assert(
    fc.asyncProperty(thread, async (row) => {
      const from = `(SELECT $1::text source_id, $2::text kind, $3::text status) s, (SELECT $4::text c1, $5::text c2) t`;
      const values = [row.sourceId, row.kind, row.status, row.c1, row.c2];
      expect(threadDigest(row)).toBe(await digestInStore(THREAD_DIGEST, from, values));
    }),
    { numRuns: 300 },
  );
});
