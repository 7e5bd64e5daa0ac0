import pLimit from 'p-limit';
import type { ObjectStore } from '../../../gateways/objects/object-store.js';
import {
  filesToRemove,
  noteRemoved,
} from '../../../gateways/store/conversations/attachments/files-to-remove.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';

export interface RemoveFilesDependencies {
  readonly store: { readonly pool: Pool };
  readonly objects: ObjectStore;
}

const AT_ONCE = 8;
const PAGE = 100;

/**
 * Deletes the stored files of removed attachments. A crash after a removal leaves its entry, and the next call finds nothing to remove. Returns how
 * many folders were removed. Throws AttachmentsUnavailable, StoreUnavailable or the signal's reason.
 */
export async function removeFiles(
  { store: { pool }, objects }: RemoveFilesDependencies,
  signal: AbortSignal,
): Promise<number> {
  const turns = pLimit(AT_ONCE);
  for (let removed = 0; ;) {
    const folders = await filesToRemove(pool, PAGE);
    if (folders.length === 0) return removed;
    await Promise.all(
      folders.map((folder) =>
        turns(async () => {
          signal.throwIfAborted();
          await objects.removeFolder(folder, signal);
        }),
      ),
    );
    await noteRemoved(pool, folders);
    removed += folders.length;
  }
}
