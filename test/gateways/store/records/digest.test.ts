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
import { columnsOf, inBatches, storeOfThisFile } from './store-database.js';
import { ATTACHMENT_DIGEST, MESSAGE_DIGEST, THREAD_DIGEST } from './store-digests.js';

const store = storeOfThisFile();

const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const jsonb = optional(fc.dictionary(storableText, attributeValue).map((value) => jsonbText(value).text));

/** `from` gives the rows with their place `n`. */
async function digestsInStore(
  sql: string,
  from: string,
  values: readonly (readonly unknown[])[],
): Promise<bigint[]> {
  const { rows } = await store.query<{ digest: string }>(
    `SELECT ${sql} AS digest FROM ${from} ORDER BY n`,
    columnsOf(values, values[0]?.length ?? 0),
  );
  return rows.map(({ digest }) => BigInt(digest));
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
  const from = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::timestamptz[], $9::jsonb[], $10::jsonb[], $11::jsonb[]) WITH ORDINALITY
    AS m (source_id, source_thread_id, source_key, direction, kind, author, body, sent_at, telephony, metadata, original, n)`;
  await inBatches(row, 500, async (messages) => {
    const timed = messages.map((message) => {
      const sentAt = timestampOf(message.sentAt)!;
      return { message: { ...message, sentAt: sentAt.text }, micros: sentAt.micros };
    });
    expect(timed.map(({ message, micros }) => messageDigest(message, micros))).toEqual(
      await digestsInStore(
        MESSAGE_DIGEST,
        from,
        timed.map(({ message }) => Object.values(message)),
      ),
    );
  });
});

test('an attachment has the digest that the store computes from its columns', async () => {
  const attachment = fc.record({
    sourceId: storableText,
    url: storableText,
    contentType: optional(storableText),
    fileName: optional(storableText),
  });
  const from = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
    AS given (message_id, source_id, source_url, declared_content_type, file_name, n),
    LATERAL (SELECT message_id AS source_id) m,
    LATERAL (SELECT given.source_id, source_url, declared_content_type, file_name) a`;
  await inBatches(fc.tuple(storableText, attachment), 300, async (given) => {
    expect(given.map(([messageId, row]) => attachmentDigest(messageId, row))).toEqual(
      await digestsInStore(
        ATTACHMENT_DIGEST,
        from,
        given.map(([messageId, row]) => [messageId, row.sourceId, row.url, row.contentType, row.fileName]),
      ),
    );
  });
});

test('a thread has the digest that the store computes from its columns', async () => {
  const thread = fc.record({
    sourceId: storableText,
    kind: fc.constantFrom(...THREAD_KINDS),
    status: fc.constantFrom(...THREAD_STATUSES),
    c1: storableText,
    c2: storableText,
  });
  const from = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
    AS given (source_id, kind, status, c1, c2, n),
    LATERAL (SELECT source_id, kind, status) s, LATERAL (SELECT c1, c2) t`;
  await inBatches(thread, 300, async (rows) => {
    expect(rows.map(threadDigest)).toEqual(
      await digestsInStore(
        THREAD_DIGEST,
        from,
        rows.map((row) => [row.sourceId, row.kind, row.status, row.c1, row.c2]),
      ),
    );
  });
});
