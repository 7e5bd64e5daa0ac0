import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import type { ObjectStore } from '../../gateways/objects/object-store.js';
import { openObjectStore } from '../../gateways/objects/open.js';
import type { S3Bucket } from '../../dev/servers/s3.js';
import { forBucket } from '../support/s3.js';

let server: S3Bucket;
forBucket((bucket) => (server = bucket));

const never = new AbortController().signal;

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function fill(store: ObjectStore): Promise<void> {
  for (const key of ['1/7/1/a.txt', '1/8/2/b.txt', '11/7/3/c.txt'])
    await store.put(key, bytes(key), { contentType: 'text/plain' });
}

test('a folder is deleted with its files, and no other with the same prefix', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-removal-'));
  const store = openObjectStore(pathToFileURL(folder).href);
  await fill(store);
  await store.removeFolder('1', never);
  await store.removeFolder('1', never);
  expect(existsSync(join(folder, '1'))).toBe(false);
  expect(existsSync(join(folder, '11/7/3/c.txt'))).toBe(true);
  store.close();
  await rm(folder, { recursive: true });
});

test('objects of a bucket are deleted by the folder in their keys', async () => {
  const store = openObjectStore(`s3://${server.bucket}/files`, { s3: server });
  await fill(store);
  await store.removeFolder('1', never);
  await store.removeFolder('1', never);
  const { Contents = [] } = await server.client.send(new ListObjectsV2Command({ Bucket: server.bucket }));
  expect(Contents.map(({ Key }) => Key)).toEqual(['files/11/7/3/c.txt']);
  store.close();
});
