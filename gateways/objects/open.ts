import type { Clock } from '../../domain/engine/clock.js';
import { systemClock } from '../clock.js';
import { openFileStore } from './file-store.js';
import { parseObjectLocation } from './location.js';
import type { ObjectStore } from './object-store.js';
import { openS3Store, type S3Options } from './s3-store.js';

export interface ObjectStoreOptions {
  readonly s3?: S3Options | undefined;
  readonly clock?: Clock;
}

/**
 * Opens the store that `ATTACHMENTS_URL` names, `file:///folder` or `s3://bucket/prefix`. Touches nothing before the first put.
 *
 * @throws Error when the URL is neither
 */
export function openObjectStore(url: string, options: ObjectStoreOptions = {}): ObjectStore {
  const location = parseObjectLocation(url);
  switch (location.kind) {
    case 'file':
      return openFileStore(location.folder, options.clock ?? systemClock);
    case 's3':
      return openS3Store(location.bucket, location.prefix, options.s3);
  }
}
