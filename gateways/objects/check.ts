import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { Unusable } from '../../domain/engine/unusable.js';
import type { ObjectStore } from './object-store.js';

/** No account has this folder. */
const FOLDER = '.carryover';

const LASTING =
  /\((EACCES|EPERM|ENOTDIR|EROFS|NoSuchBucket|AccessDenied|Forbidden|InvalidAccessKeyId|SignatureDoesNotMatch|PermanentRedirect|AuthorizationHeaderMalformed)\)/;

/** Returns a check that attachments can be written to ATTACHMENTS_URL. Throws Unusable, lasting when the location or the right is missing. */
export function objectsCheck(objects: ObjectStore): (timeoutMs: number) => Promise<void> {
  return async (timeoutMs) => {
    try {
      await objects.put(`${FOLDER}/writable`, oneLine(), { contentType: 'text/plain' });
    } catch (error) {
      if (!(error instanceof CarryoverError)) throw error;
      const message = `${error.message} Check ATTACHMENTS_URL, and that this process may write there.`;
      throw new Unusable(message, { lasting: LASTING.test(error.message), cause: error });
    }
    // Only the right to write is required.
    await objects.removeFolder(FOLDER, AbortSignal.timeout(timeoutMs)).catch(() => undefined);
  };
}

async function* oneLine(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('Carryover wrote this to check that it can write here.\n');
}
