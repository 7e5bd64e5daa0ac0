import type { DumpLocation } from '../../../domain/conversations/dump.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { folderUri } from '../../../gateways/dumps/client.js';
import type { DumpFolder, DumpObject, Dumps } from '../../../gateways/dumps/client.js';
import { NO_THREAD_RECORD } from '../../../domain/conversations/records/quarantine-reasons.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import { importPhase, MESSAGES, THREADS } from '../../../gateways/store/conversations/import/phases.js';
import { hasMessagesWithoutThreads, planFiles } from '../../../gateways/store/conversations/import/plans.js';
import { filesRead, sliceOfFile } from '../../../gateways/store/work/files.js';
import type { FileSlice } from '../../../gateways/store/work/files.js';
import type { NewSlice } from '../../../gateways/store/work/slices.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import type { SlicesWanted } from './record-source.js';

export interface DumpOfBrand {
  readonly pool: Pool;
  readonly dumps: Dumps;
  readonly brand: ImportedBrand;
  readonly location: DumpLocation;
}

/** Compressed bytes of a record. Used only for progress. */
const PACKED_RECORD = { least: 20, usual: 100, most: 1_000 };

/**
 * Plans a slice for each file that the part reads:
 *
 * - `recent`: all threads, and the recent messages.
 * - `remaining`: all threads again, since the dump may have grown, though files that have not changed count as read if the store still holds their
 *   threads; recent messages that were added or changed since they were read, or all of them while some still lack their thread; and the remaining
 *   messages.
 * - `all`: everything.
 *
 * Throws CarryoverError `DumpIncomplete` when a folder is empty. An empty folder never means that there are no records, except for recent messages
 * once the remaining ones exist.
 */
export async function planDump(
  dump: DumpOfBrand,
  { phase, part, run }: SlicesWanted,
  signal: AbortSignal,
): Promise<void> {
  const { pool, brand } = dump;
  await planFiles(pool, brand, phase, run, async () => {
    const folders = await listAll(dump, signal);
    const incomplete = incompleteDump(dump, folders, part);
    if (incomplete) throw incomplete;
    const read = namesOf(part === 'remaining' ? await recentFilesDone(dump) : []);
    const recent = folders.recent.filter((file) => !read.has(nameOf(file)));
    const slice = (stage: string) => (file: DumpObject) => sliceOfFile(stage, file, recordsIn(file, brand));
    const slices: NewSlice[] = [...folders.threads.map(slice(THREADS)), ...recent.map(slice(MESSAGES))];
    return part === 'recent' ? slices : [...slices, ...folders.remaining.map(slice(MESSAGES))];
  });
}

/**
 * Confirms that every file of the dump was read in its current version, before the brand counts as fully migrated. Throws CarryoverError
 * `DumpChanged` otherwise; the next start reads the rest.
 */
export async function confirmDump(dump: DumpOfBrand, signal: AbortSignal): Promise<void> {
  const read = namesOf(
    await filesRead(dump.pool, importPhase(dump.brand, 'remaining'), ['recent', 'remaining']),
  );
  const folders = await listAll(dump, signal);
  const unread = Object.values(folders)
    .flat()
    .find((file) => !read.has(nameOf(file)));
  if (unread) {
    throw new CarryoverError(
      'DumpChanged',
      `${unread.uri} was added or changed after the import of brand ${dump.brand.sourceId} planned the dump. Start the migration again to read it.`,
    );
  }
}

export type Folders = Readonly<Record<DumpFolder, readonly DumpObject[]>>;

export async function listAll(
  { dumps, location }: Pick<DumpOfBrand, 'dumps' | 'location'>,
  signal: AbortSignal,
): Promise<Folders> {
  const [threads, recent, remaining] = await Promise.all([
    dumps.list(location, 'threads', signal),
    dumps.list(location, 'recent', signal),
    dumps.list(location, 'remaining', signal),
  ]);
  return { threads, recent, remaining };
}

function missingFolder(folders: Folders, part: SlicesWanted['part']): DumpFolder | undefined {
  const isThere = (folder: DumpFolder) => folders[folder].length > 0;
  if (!isThere('threads')) return 'threads';
  if (isThere('remaining')) return undefined;
  if (part !== 'recent') return 'remaining';
  return isThere('recent') ? undefined : 'recent';
}

/** Why a part of the dump cannot be read; undefined if it can. */
export function incompleteDump(
  { location, brand }: Pick<DumpOfBrand, 'location' | 'brand'>,
  folders: Folders,
  part: SlicesWanted['part'],
): CarryoverError | undefined {
  const folder = missingFolder(folders, part);
  if (folder === undefined) return undefined;
  return new CarryoverError(
    'DumpIncomplete',
    `The dump of account ${brand.accountSourceId} has no .jsonl.gz file in ${folderUri(location, folder)}.`,
  );
}

async function recentFilesDone({ pool, brand }: DumpOfBrand): Promise<FileSlice[]> {
  if (await hasMessagesWithoutThreads(pool, brand.id, NO_THREAD_RECORD)) return [];
  return filesRead(pool, importPhase(brand, 'recent'), ['recent']);
}

function namesOf(files: readonly FileSlice[]): ReadonlySet<string> {
  return new Set(files.map(nameOf));
}

function nameOf({ uri, version }: FileSlice): string {
  return `${version} ${uri}`;
}

/** How many of the brand's records a file holds. Its share of the file is unknown before the file is read. */
export function recordsIn({ size }: DumpObject, { brands }: Pick<ImportedBrand, 'brands'>) {
  return {
    estimate: Math.ceil(size / PACKED_RECORD.usual / brands),
    bounds: {
      low: brands > 1 ? 0 : Math.floor(size / PACKED_RECORD.most),
      high: Math.ceil(size / PACKED_RECORD.least),
    },
  } satisfies Pick<NewSlice, 'estimate' | 'bounds'>;
}
