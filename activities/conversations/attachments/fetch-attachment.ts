import type { Logger } from 'pino';
import { contentTypeOf, SAMPLE_BYTES } from '../../../gateways/download/content-type.js';
import type { Downloader } from '../../../gateways/download/download.js';
import { DownloadError } from '../../../gateways/download/failures.js';
import { Measure, sampleOf } from '../../../gateways/download/stream.js';
import { attachmentKey } from '../../../gateways/objects/keys.js';
import type { ObjectStore } from '../../../gateways/objects/object-store.js';
import {
  recordFailedTry,
  recordStoredFile,
  type ClaimedAttachment,
  type StoredFile,
} from '../../../gateways/store/conversations/attachments/attachments.js';
import type { Store } from '../../../gateways/store/sql/connect.js';

/** Where files come from, where they go, and where the result is recorded. */
export interface FetchDependencies {
  readonly store: Pick<Store, 'pool'>;
  readonly objects: ObjectStore;
  readonly download: Downloader;
  readonly logger: Logger;
}

/**
 * Fetches one file into the object store and records the result in its row. Throws only errors that are not the file's fault: those of the object
 * store and of the store, and the signal's reason.
 *
 * @param pauses the number of failed tries that are followed by another
 * @returns `silent` when the host could not be reached or timed out
 */
export async function fetchAttachment(
  dependencies: FetchDependencies,
  claim: ClaimedAttachment,
  pauses: number,
  signal: AbortSignal,
): Promise<'stored' | 'failed' | 'silent'> {
  let file: StoredFile;
  try {
    file = await transfer(dependencies, claim, signal);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    const { kind, message, final, options } = error;
    dependencies.logger.warn(
      { attachment: claim.id, kind, status: options.status },
      'An attachment could not be fetched',
    );
    const failure = { kind, message, status: options.status, final: final || claim.tries >= pauses };
    await recordFailedTry(dependencies.store, claim, failure);
    return kind === 'timeout' || kind === 'network' ? 'silent' : 'failed';
  }
  await recordStoredFile(dependencies.store, claim, file);
  return 'stored';
}

async function transfer(
  { download, objects }: FetchDependencies,
  claim: ClaimedAttachment,
  signal: AbortSignal,
): Promise<StoredFile> {
  // Closes the connection however the transfer ends.
  const done = new AbortController();
  try {
    const { contentType: header, body } = await download.open(
      claim.url,
      AbortSignal.any([signal, done.signal]),
    );
    const { sample, whole } = await sampleOf(body, SAMPLE_BYTES);
    const contentType = await contentTypeOf(sample, [claim.declaredContentType, header]);
    const measure = new Measure();
    const key = attachmentKey(
      { accountId: claim.accountId, brandId: claim.brandId, attachmentId: claim.id },
      claim.fileName,
    );
    const url = await objects.put(key, measure.through(whole), {
      contentType,
      fileName: claim.fileName,
    });
    return { url, contentType, ...measure.result() };
  } finally {
    done.abort();
  }
}
