import { DynamoDBStreamsClient, GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';
import type { GetRecordsCommandOutput, _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Hint } from '../../../domain/conversations/following/hints.js';
import { attributeType, isWrappedNumber } from '../../../domain/conversations/records/attribute-value.js';
import { passOver } from '../../../gateways/dynamodb/streams/pass-over.js';
import { scanRecords } from '../../../gateways/dynamodb/streams/record-scan.js';
import { brandIndex } from '../../../gateways/dynamodb/streams/scanned-records.js';
import { anyText, attributeValue } from '../../domain/conversations/records/arbitraries.js';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
let served = Buffer.alloc(0);
const client = new DynamoDBStreamsClient({
  region: 'local',
  endpoint: 'http://127.0.0.1:9',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  requestHandler: {
    handle: async () => ({ response: { statusCode: 200, headers: {}, body: Buffer.from(served) } }),
  },
});

/** What the SDK makes of an answer. */
async function parsed(answer: Buffer): Promise<GetRecordsCommandOutput> {
  served = Buffer.from(answer);
  return client.send(new GetRecordsCommand({ ShardIterator: 'i' }));
}

type Attributes = Record<string, Record<string, unknown>>;

/** Attributes as DynamoDB writes them. */
function written(value: unknown): Record<string, unknown> {
  const type = attributeType(value);
  if (type === 'NULL') return { NULL: true };
  if (type === 'L') return { L: (value as unknown[]).map(written) };
  if (type === 'M') return { M: writtenMap(value as Record<string, unknown>) };
  const plain = (member: unknown): unknown => {
    if (member instanceof Uint8Array) return Buffer.from(member).toString('base64');
    return typeof member === 'object' && member !== null && isWrappedNumber(member) ? member.value : member;
  };
  return { [type]: value instanceof Set ? [...value].map(plain) : plain(value) };
}

function writtenMap(map: Record<string, unknown>): Attributes {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, written(value)]));
}

const FOLLOWED = ['br_1', 'br_ü', 'br "2"\\\n', '😀'];
const brandId = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...FOLLOWED, 'br_1x', 'br') }, anyText);
/** Names and texts that look like what is sought. */
const odd = fc.constantFrom(
  'brand_id',
  'SequenceNumber',
  'Records',
  '"brand_id":{"S":"br_1"}',
  'br_1',
  'Keys',
);
const image = (keys: Record<string, string>) =>
  fc
    .record({
      more: fc.dictionary(
        fc.oneof({ weight: 4, arbitrary: anyText }, odd),
        fc.oneof(attributeValue, odd, fc.record({ brand_id: odd, SequenceNumber: odd })),
        { maxKeys: 3 },
      ),
      // An item without a brand is in no index by brands, so nobody's.
      brand: fc.option(brandId, { freq: 8 }),
      place: fc.boolean(),
    })
    .map(({ more, brand, place }) => {
      const own = { ...keys, ...(brand === null ? {} : { brand_id: brand }) };
      // Last named wins where names repeat, so that `more` never hides the brand.
      return writtenMap(place ? { ...more, ...own } : { ...own, ...withoutBrand(more) });
    });

function withoutBrand(map: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== 'brand_id'));
}

const record = fc
  .record({ thread_id: anyText, message_key: anyText })
  .chain((keys) =>
    fc.record({
      eventName: fc.constantFrom('INSERT', 'MODIFY', 'REMOVE'),
      keys: fc.constant(writtenMap(keys)),
      before: fc.option(image(keys)),
      after: fc.option(image(keys)),
      sequence: fc.stringMatching(/^\d{21,40}$/),
      seconds: fc.integer({ min: 1_700_000_000, max: 2_000_000_000 }),
      shuffle: fc.boolean(),
    }),
  )
  .map(({ eventName, keys, before, after, sequence, seconds, shuffle }) => {
    const parts = [
      ['ApproximateCreationDateTime', seconds],
      ['Keys', keys],
      ...(after === null ? [] : [['NewImage', after]]),
      ...(before === null ? [] : [['OldImage', before]]),
      ['SequenceNumber', sequence],
      ['SizeBytes', 17],
      ['StreamViewType', 'NEW_AND_OLD_IMAGES'],
    ];
    const dynamodb = Object.fromEntries(shuffle ? parts.toReversed() : parts) as object;
    const around = { eventID: 'e', eventName, eventVersion: '1.1', eventSource: 'aws:dynamodb' };
    return shuffle
      ? { dynamodb, ...around }
      : { ...around, awsRegion: 'local', dynamodb, userIdentity: null };
  });

const answer = fc
  .record({
    Records: fc.array(record, { maxLength: 4 }),
    NextShardIterator: fc.option(fc.constantFrom('arn:1|2|c2hhcmQ=', 'a"b')),
    indent: fc.constantFrom(undefined, undefined, undefined, 1),
  })
  .map(({ indent, ...body }) => Buffer.from(JSON.stringify(body, undefined, indent)));

function hintsOf(records: readonly SdkRecord[], followed: readonly string[]): Hint[] {
  return records.flatMap(({ dynamodb }) => {
    const brands = [dynamodb?.OldImage, dynamodb?.NewImage].map((one) => one?.['brand_id']?.S ?? '');
    const [threadId = '', messageKey = ''] = ['thread_id', 'message_key'].map(
      (key) => dynamodb?.Keys?.[key]?.S,
    );
    return [...new Set(brands)]
      .filter((brand) => followed.includes(brand))
      .map((brand) => ({ table: 'messages', brandId: brand, threadId, messageKey }) as const);
  });
}

test('scanning an answer finds what the SDK’s parser finds, and so does passing over it', async () => {
  let [found, passed] = [0, 0];
  await fc.assert(
    fc.asyncProperty(answer, fc.oneof(fc.constant([]), fc.subarray(FOLLOWED)), async (bytes, followed) => {
      const { Records: records = [], NextShardIterator: next } = await parsed(bytes);
      const brands = brandIndex(followed);
      const scanned = scanRecords(bytes, 'messages', brands);
      const last = records.at(-1)?.dynamodb;
      expect(scanned).toEqual({
        count: records.length,
        hints: hintsOf(records, followed),
        last: last && { sequence: last.SequenceNumber, createdAt: last.ApproximateCreationDateTime },
        next: next ?? undefined,
      });
      found += scanned.hints.length;
      if (passOver(bytes, brands)) passed += 1;
    }),
    { numRuns: 300 },
  );
  client.destroy();
  expect(found).toBeGreaterThan(50);
  expect(passed).toBeGreaterThan(20);
});

test('a thread’s change is a hint for its brand', () => {
  const keys = { brand_id: { S: 'br_1' }, thread_id: { S: 'thr_1' } };
  const bytes = Buffer.from(
    JSON.stringify({ Records: [{ dynamodb: { Keys: keys, OldImage: keys, SequenceNumber: '1' } }] }),
  );
  expect(scanRecords(bytes, 'threads', brandIndex(FOLLOWED)).hints).toEqual([
    { table: 'threads', brandId: 'br_1', threadId: 'thr_1' },
  ]);
});

test('a truncated answer is an error, wherever it ends', () => {
  fc.assert(
    fc.property(answer, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (bytes, share) => {
      const part = bytes.subarray(0, Math.floor(bytes.length * share));
      for (const followed of [FOLLOWED, []])
        expect(() => scanRecords(part, 'messages', brandIndex(followed))).toThrow(SyntaxError);
    }),
    { numRuns: 100 },
  );
});
