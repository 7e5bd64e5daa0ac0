/**
 * The best plain script for the import of a dump: it streams, unpacks, splits and parses every file, several at once, and writes the messages by
 * one COPY into the store's table with all its indexes. It has no workflow, cursor, conflict check, digest, quarantine or comparison. `run.ts` runs
 * it as a process, configured by its environment.
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { reported } from './report.js';
import { Threads, copyMessages, line, makeBrand } from './rows.js';

const ACCOUNT = process.env['BENCH_ACCOUNT'] ?? '';
const BRAND = process.env['BENCH_BRAND'] ?? '';
const BUCKET = process.env['BENCH_BUCKET'] ?? '';
const PREFIX = process.env['BENCH_PREFIX'] ?? '';
const AT_ONCE = 4;

interface PlainRecord {
  readonly [name: string]: unknown;
  readonly thread_id: string;
}

const s3 = new S3Client({
  endpoint: process.env['AWS_ENDPOINT_URL_S3'] ?? '',
  region: process.env['AWS_REGION'] ?? '',
  forcePathStyle: true,
});
const store = new pg.Client({ connectionString: process.env['DATABASE_URL'] });

async function main(): Promise<void> {
  await store.connect();
  const threads = new Threads(await makeBrand(store, ACCOUNT, BRAND));
  await readAll('threads/', (records) => {
    for (const record of records) {
      const named = (name: string) => text(record, name) ?? '';
      const [kind, c1, c2, status] = [named('kind'), named('c1'), named('c2'), named('status')];
      threads.add({ id: record.thread_id, kind, c1, c2, name: named('c2_name'), status });
    }
  });
  await threads.write(store);
  await copyMessages(store, (write) =>
    readAll('messages/', async (records) => {
      let lines = '';
      for (const record of records) lines += messageLine(record, threads);
      await write(lines);
    }),
  );
}

/** Reads all files of a folder, several at once. */
async function readAll(
  folder: string,
  take: (records: PlainRecord[]) => void | Promise<void>,
): Promise<void> {
  const listed = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${PREFIX}/${folder}` }));
  const waiting = (listed.Contents ?? []).map(({ Key }) => Key ?? '');
  const takeFiles = async (): Promise<void> => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await readFile(key, take);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeFiles));
}

async function readFile(key: string, take: (records: PlainRecord[]) => void | Promise<void>): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  const unpacked = createGunzip({ chunkSize: 512 * 1_024 });
  const done = pipeline(Body as Readable, unpacked);
  let rest = '';
  for await (const chunk of unpacked.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    await take(lines.map((each) => JSON.parse(each) as PlainRecord));
  }
  await done;
}

function messageLine(record: PlainRecord, threads: Threads): string {
  return line([
    threads.idOf(record.thread_id),
    text(record, 'message_id'),
    text(record, 'direction'),
    text(record, 'kind'),
    text(record, 'author'),
    text(record, 'body'),
    text(record, 'sent_at'),
    json(record['telephony']),
    json(record['metadata']),
    text(record, 'message_key'),
    record.thread_id,
  ]);
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function text(record: PlainRecord, name: string): string | null {
  const value = record[name];
  return typeof value === 'string' ? value : null;
}

await reported(main);
s3.destroy();
await store.end();
