import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  ListObjectsV2Command,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { savedAs } from './disposition.js';
import { WatchedContent, type ObjectStore } from './object-store.js';

/** S3 settings besides the bucket. Each defaults to AWS's own environment variables and roles. */
export interface S3Options {
  readonly region?: string | undefined;
  /** Another server that speaks S3. Its buckets are addressed by path. */
  readonly endpoint?: string | undefined;
  readonly credentials?: S3ClientConfig['credentials'];
}

/** Each part is held in memory while it is sent; two for each running upload. */
const PART_BYTES = 5 * 1024 * 1024;

/**
 * Keeps objects below a prefix of a bucket. A failed upload is aborted and its parts removed. The bucket's lifecycle rule removes parts left by a
 * killed process (docs/operators.md).
 */
export function openS3Store(bucket: string, prefix: string, options: S3Options = {}): ObjectStore {
  const client = new S3Client({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint, forcePathStyle: true }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  });
  return {
    async put(key, content, { contentType, fileName = null }) {
      const source = new WatchedContent(content);
      const Key = prefix === '' ? key : `${prefix}/${key}`;
      const upload = new Upload({
        client,
        queueSize: 2,
        partSize: PART_BYTES,
        params: {
          Bucket: bucket,
          Key,
          Body: Readable.from(source.read(), { objectMode: false }),
          ContentType: contentType,
          ContentDisposition: savedAs(fileName),
        },
      });
      try {
        await upload.done();
        return `s3://${bucket}/${Key}`;
      } catch (error) {
        source.throwIfFailed();
        throw unavailable(error, bucket);
      }
    },
    async removeFolder(folder, signal) {
      const Prefix = `${prefix === '' ? folder : `${prefix}/${folder}`}/`;
      try {
        while (await removePage(client, bucket, Prefix, signal)) signal.throwIfAborted();
      } catch (error) {
        signal.throwIfAborted();
        throw unavailable(error, bucket);
      }
    },
    close: () => client.destroy(),
  };
}

/** Removes as many objects as one call lists. Returns false when there are none. */
async function removePage(
  client: S3Client,
  Bucket: string,
  Prefix: string,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }), { abortSignal });
  if (Contents.length === 0) return false;
  const Objects = Contents.map(({ Key }) => ({ Key }));
  const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
  const { Errors = [] } = await client.send(command, { abortSignal });
  const [first] = Errors;
  if (first) throw Object.assign(new Error('An object could not be removed.'), { code: first.Code });
  return true;
}

function unavailable(error: unknown, bucket: string): CarryoverError {
  const { name, code } = error as { name?: string; code?: string };
  const reason = code ?? name ?? 'unknown error';
  return new CarryoverError('AttachmentsUnavailable', `The bucket ${bucket} is not writable (${reason}).`, {
    cause: error,
  });
}
