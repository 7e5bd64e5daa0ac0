import { gzipSync } from 'node:zlib';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { LooseItem } from './contract.js';
import type { SampleAccount } from './generator/account.js';
import { mix } from './generator/random.js';

/** The folders of a dump, as the contract names them. */
export const DUMP_FOLDERS = ['threads', 'messages/recent', 'messages/remaining'] as const;
export type DumpFolder = (typeof DUMP_FOLDERS)[number];

/** A file of a dump before it is packed: its name below the prefix, and its records in the order of its lines. */
export interface DumpFile {
  name: string;
  records: LooseItem[];
}

export interface DumpOptions {
  /** Messages with this key or a greater one are recent. */
  recentSince: string;
  /** The number of files in each folder; default: 3. */
  files?: number;
}

/** The account's records as the files of a dump: in no order, but the same each time. */
export function dumpFiles(
  account: Pick<SampleAccount, 'threads' | 'messages'>,
  { recentSince, files = 3 }: DumpOptions,
): DumpFile[] {
  const dump = new Map<string, LooseItem[]>();
  for (const folder of DUMP_FOLDERS) for (let n = 0; n < files; n += 1) dump.set(nameOf(folder, n), []);
  let serial = 0;
  const put = (folder: DumpFolder, record: LooseItem) =>
    dump.get(nameOf(folder, mix(serial++, files) % files))?.push(record);
  for (const thread of account.threads()) put('threads', thread);
  for (const message of account.messages()) {
    const isRecent = String(message['message_key']) >= recentSince;
    put(isRecent ? 'messages/recent' : 'messages/remaining', message);
  }
  return [...dump].map(([name, records], n) => ({ name, records: shuffled(records, n) }));
}

function nameOf(folder: DumpFolder, n: number): string {
  return `${folder}/part-${String(n).padStart(4, '0')}.jsonl.gz`;
}

function shuffled(records: LooseItem[], seed: number): LooseItem[] {
  return records
    .map((record, n) => [mix(seed, n), record] as const)
    .sort(([a], [b]) => a - b)
    .map(([, record]) => record);
}

/** One record a line. */
export function packed(records: readonly LooseItem[]): Buffer {
  return gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join(''), { level: 1 });
}

/** The place that a dump is written to. */
export interface DumpTarget {
  client: S3Client;
  bucket: string;
  prefix: string;
}

/** Uploads files; a file of the same name is replaced. */
export async function putDump(target: DumpTarget, files: readonly DumpFile[]): Promise<void> {
  await Promise.all(files.map(({ name, records }) => putDumpFile(target, name, packed(records))));
}

export async function putDumpFile(
  { client, bucket, prefix }: DumpTarget,
  name: string,
  bytes: Buffer,
): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}`, Body: bytes }));
}
