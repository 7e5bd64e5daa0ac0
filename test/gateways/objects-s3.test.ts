import { randomBytes } from 'node:crypto';
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { openObjectStore } from '../../gateways/objects/open.js';
import type { S3Bucket } from '../../dev/servers/s3.js';
import { forBucket } from '../support/s3.js';

let server: S3Bucket;
forBucket((bucket) => (server = bucket));

const store = (prefix: string, bucket = server.bucket) =>
  openObjectStore(`s3://${bucket}/${prefix}`, { s3: server });

async function* chunks(...parts: (Uint8Array | string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

async function keys(prefix: string): Promise<(string | undefined)[]> {
  const answer = await server.client.send(
    new ListObjectsV2Command({ Bucket: server.bucket, Prefix: prefix }),
  );
  return (answer.Contents ?? []).map(({ Key }) => Key);
}

async function uploadsUnderWay(): Promise<number> {
  const answer = await server.client.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
  return answer.Uploads?.length ?? 0;
}

describe('a bucket of objects', () => {
  it('stores a small object with its type, and returns its URL', async () => {
    const url = await store('small/in').put('1/2/3/a.txt', chunks('one ', 'two'), {
      contentType: 'text/plain',
      fileName: 'Küche "1".txt',
    });
    expect(url).toBe(`s3://${server.bucket}/small/in/1/2/3/a.txt`);
    const object = await server.client.send(
      new GetObjectCommand({ Bucket: server.bucket, Key: 'small/in/1/2/3/a.txt' }),
    );
    expect(await object.Body?.transformToString()).toBe('one two');
    expect(object.ContentType).toBe('text/plain');
    // No browser shows it in the bucket's own origin.
    expect(object.ContentDisposition).toBe(
      `attachment; filename=Kuche_1_.txt; filename*=UTF-8''K%C3%BCche%20%221%22.txt`,
    );
  });

  it('stores an empty object', async () => {
    await store('empty').put('1/2/3/a', chunks(), { contentType: 'text/plain' });
    expect(await keys('empty/')).toEqual(['empty/1/2/3/a']);
  });

  it('stores an object of many parts byte for byte, and replaces it atomically', async () => {
    const [first, second] = [randomBytes(12_000_000), randomBytes(11_000_000)];
    for (const bytes of [first, second]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_none, at) =>
        bytes.subarray(at * 65_536, (at + 1) * 65_536),
      );
      await store('large').put('1/2/3/a', chunks(...pieces), { contentType: 'video/mp4' });
    }
    const object = await server.client.send(
      new GetObjectCommand({ Bucket: server.bucket, Key: 'large/1/2/3/a' }),
    );
    expect(Buffer.from((await object.Body?.transformToByteArray()) ?? []).equals(second)).toBe(true);
    expect(await keys('large/')).toEqual(['large/1/2/3/a']);
  });

  it('has no object and no parts after a source fails, in the first part or a later one', async () => {
    const failure = new Error('the source is cut');
    for (const parts of [[Buffer.alloc(1000)], [Buffer.alloc(6_000_000), Buffer.alloc(6_000_000)]]) {
      await expect(
        store('cut').put('1/2/3/a', chunks(...parts, failure), { contentType: 'video/mp4' }),
      ).rejects.toBe(failure);
    }
    expect(await keys('cut/')).toEqual([]);
    expect(await uploadsUnderWay()).toBe(0);
  });

  it('reports that it cannot be written: no such bucket, wrong credentials, no server', async () => {
    const wrong = { ...server, credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' } };
    const stores = [
      store('x', 'no-such-bucket'),
      openObjectStore(`s3://${server.bucket}/x`, { s3: wrong }),
      openObjectStore(`s3://${server.bucket}/x`, { s3: { ...server, endpoint: 'http://127.0.0.1:9' } }),
    ];
    for (const each of stores) {
      await expect(each.put('1/2/3/a', chunks('a'), { contentType: 'text/plain' })).rejects.toMatchObject({
        name: 'CarryoverError',
        type: 'AttachmentsUnavailable',
      });
    }
  });
});
