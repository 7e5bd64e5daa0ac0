import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { DumpLocation } from '../../domain/conversations/dump.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { assumedRole } from '../aws/assumed-role.js';
import { sourceError } from '../dynamodb/errors.js';

export interface DumpsOptions {
  /** Undefined: as set in AWS's own environment variables. */
  readonly region?: string | undefined;
  /** Another server that speaks S3. Its buckets are addressed by path. */
  readonly endpoint?: string | undefined;
  /** The role in Conversations' account to assume for reading. */
  readonly roleArn?: string | undefined;
  readonly credentials?: S3ClientConfig['credentials'];
}

/** The parts of a dump, each a folder of files. */
export const DUMP_FOLDERS = {
  threads: 'threads/',
  recent: 'messages/recent/',
  remaining: 'messages/remaining/',
} as const;

export type DumpFolder = keyof typeof DUMP_FOLDERS;

/** A file of a dump, as it was when it was listed. */
export interface DumpObject {
  /** `s3://bucket/key` */
  readonly uri: string;
  /** S3's ETag, which changes with the content. */
  readonly version: string;
  /** Compressed bytes. */
  readonly size: number;
}

export type OpenedObject = Pick<DumpObject, 'uri' | 'version'>;

/** Access to Conversations' dumps. */
export interface Dumps {
  /** Lists the `.jsonl.gz` files of a folder in the order of their keys. Throws CarryoverError (Source…), or the signal's reason. */
  list(location: DumpLocation, folder: DumpFolder, signal?: AbortSignal): Promise<DumpObject[]>;
  /**
   * Returns the object's compressed bytes and their number. Throws CarryoverError `DumpChanged` when the object is gone or has another version;
   * otherwise what `list` throws.
   */
  open(
    object: OpenedObject,
    signal: AbortSignal,
  ): Promise<{ readonly body: Readable; readonly size: number }>;
  close(): void;
}

const CHANGED = new Set(['PreconditionFailed', 'NoSuchKey', 'NotFound']);

/** Opens nothing yet: the first request connects, and assumes the role if there is one. */
export function openDumps(options: DumpsOptions = {}): Dumps {
  // On Node 20 the SDK's first client prints a warning that it will require Node 22, which would hide our own output.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { region, endpoint, roleArn, credentials } = options;
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(roleArn === undefined ? {} : { credentials: assumedRole(roleArn, region) }),
    // gzip has a checksum of its own.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
  return {
    list: (location, folder, signal) => list(client, location, folder, signal),
    open: (object, signal) => open(client, object, signal),
    close: () => client.destroy(),
  };
}

/** The location of a folder of the dump: `s3://bucket/prefix/threads/`. */
export function folderUri({ bucket, prefix }: DumpLocation, folder: DumpFolder): string {
  return `s3://${bucket}/${keyOf(prefix, folder)}`;
}

function keyOf(prefix: string, folder: DumpFolder): string {
  const above = prefix.replace(/\/+$/, '');
  return `${above === '' ? '' : `${above}/`}${DUMP_FOLDERS[folder]}`;
}

async function list(
  client: S3Client,
  location: DumpLocation,
  folder: DumpFolder,
  signal: AbortSignal | undefined,
): Promise<DumpObject[]> {
  const { bucket, prefix } = location;
  const objects: DumpObject[] = [];
  let ContinuationToken: string | undefined;
  try {
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: keyOf(prefix, folder),
        ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      });
      const answer = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
      for (const { Key = '', ETag = '', Size = 0 } of answer.Contents ?? []) {
        if (Key.endsWith('.jsonl.gz'))
          objects.push({ uri: `s3://${bucket}/${Key}`, version: ETag, size: Size });
      }
      ContinuationToken = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  } catch (error) {
    throw sourceError(error, `listing ${folderUri(location, folder)}`, signal, 'S3');
  }
  return objects;
}

async function open(
  client: S3Client,
  { uri, version }: OpenedObject,
  signal: AbortSignal,
): Promise<{ body: Readable; size: number }> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  try {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: version });
    const { Body, ContentLength = 0, ETag } = await client.send(command, { abortSignal: signal });
    const body = Body as Readable;
    // Not every server respects IfMatch.
    if (ETag === version) return { body, size: ContentLength };
    body.destroy();
  } catch (error) {
    const { name } = error as { name?: string };
    if (!CHANGED.has(name ?? '')) throw sourceError(error, `reading ${uri}`, signal, 'S3');
  }
  throw new CarryoverError('DumpChanged', `${uri} was removed or replaced since its import began.`);
}
