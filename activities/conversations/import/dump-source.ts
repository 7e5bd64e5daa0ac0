import { mapMessage } from '../../../domain/conversations/records/map-message.js';
import { mapThread } from '../../../domain/conversations/records/map-thread.js';
import { wrongType } from '../../../domain/conversations/records/item-reader.js';
import {
  isOfAnotherAccount,
  quarantined,
  quarantinedOfAnotherAccount,
} from '../../../domain/conversations/records/quarantine.js';
import type { SourceTable } from '../../../domain/conversations/records/rows.js';
import type { WrittenRecord } from '../../../domain/conversations/written/written-record.js';
import { DUMP_BEGINNING } from '../../../domain/conversations/dump.js';
import type { DumpLocation, DumpPlace } from '../../../domain/conversations/dump.js';
import type { Dumps } from '../../../gateways/dumps/client.js';
import { DumpFile } from '../../../gateways/dumps/file.js';
import type { PageLimits } from '../../../gateways/dumps/file.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { KeyRange, Source } from '../../engine/source.js';
import { planDump } from './dump-plan.js';
import type { RecordSource } from './record-source.js';

/**
 * As many records as suit one transaction. In a file with few records of this brand, the limit of lines keeps the cursor moving. Writing a thread
 * takes more memory than writing a message: with 2,500 threads a page, they were a worker's peak.
 */
const PAGES: Readonly<Record<SourceTable, PageLimits>> = {
  messages: { records: 2_500, text: 1_000_000, lines: 20_000 },
  threads: { records: 1_000, text: 1_000_000, lines: 20_000 },
};

/**
 * Files at once. One thread of the process decompresses and parses all of them; meanwhile PostgreSQL writes a page of the other. With four files both
 * took a tenth more CPU time, and each file holds two pages.
 */
const FILES_AT_ONCE = 2;

/**
 * A brand's records in a dump of its account. Each brand reads all files and keeps its own records, so a brand that is added later, or that failed,
 * does not depend on the others. Records without a brand go to the first brand, which quarantines them. Records of brands outside the payload do not
 * belong to the account.
 */
export function dumpSource(dumps: Dumps, brand: ImportedBrand, location: DumpLocation): RecordSource {
  const { accountSourceId: accountId, sourceId: brandId, region } = brand;
  const threads = filesOf(dumps, brand, 'threads');
  return {
    recentThreads: threads,
    threads,
    messages: filesOf(dumps, brand, 'messages'),
    lane: { slicesAtOnce: FILES_AT_ONCE },
    sources: [],
    mapThread: (item) =>
      hasBrand(item)
        ? mapThread(item, { accountId, brandId, region })
        : quarantinedWithoutBrand('threads', item, accountId),
    mapMessage: (item) =>
      hasBrand(item)
        ? mapMessage(item, { accountId, brandId })
        : quarantinedWithoutBrand('messages', item, accountId),
    plainThread: (record) => (record.hasBrand ? record.thread({ accountId, region }) : undefined),
    plainMessage: (record) => (record.hasBrand ? record.message({ accountId }) : undefined),
    // All threads of the dump were read before the messages.
    lookUpThreads: () => Promise.resolve([]),
    threadsUnder: (holder, threadIds, signal) => threadsUnder(dumps, location, holder, threadIds, signal),
    isRecentThread: () => true,
    plan: (pool, wanted, signal) => planDump({ pool, dumps, brand, location }, wanted, signal),
  };
}

/** Reads all threads of the dump. */
async function threadsUnder(
  dumps: Dumps,
  location: DumpLocation,
  brandId: string,
  threadIds: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const sought = new Set(threadIds);
  const there = new Set<string>();
  const isSought = (record: WrittenRecord) =>
    record.brandId === brandId && sought.has(record.text('thread_id') ?? '');
  for (const object of await dumps.list(location, 'threads', signal)) {
    const file = await DumpFile.open(dumps, object, 'threads', DUMP_BEGINNING, signal);
    try {
      for (let more = true; more;) {
        const { records, next, release } = await file.page(isSought, PAGES.threads);
        for (const record of records) there.add(record.text('thread_id') ?? '');
        release();
        more = next !== undefined;
      }
    } finally {
      file.close();
    }
  }
  return there;
}

/** A range is one file: its name and version. Files stay open between pages until the lane's signal is aborted. */
function filesOf(dumps: Dumps, brand: ImportedBrand, sort: SourceTable): Source<WrittenRecord> {
  const open = new Map<string, DumpFile>();
  const id = Buffer.from(brand.sourceId);
  const isOurs = (record: WrittenRecord) => record.isOfBrand(id) || (brand.isFirst && !record.hasBrand);
  return {
    async read(range, cursor, signal) {
      const object = fileOf(range);
      const place = (cursor as DumpPlace | undefined) ?? DUMP_BEGINNING;
      let file = open.get(object.uri);
      // Keeps the file out of the map until its page is read, because a file that failed cannot be read further.
      open.delete(object.uri);
      if (file?.place.byte !== place.byte) {
        file?.close();
        file = await DumpFile.open(dumps, object, sort, place, signal);
      }
      const { records, next, release } = await file.page(isOurs, PAGES[sort]);
      if (next === undefined) file.close();
      else open.set(object.uri, file);
      return { items: records, next, release };
    },
  };
}

function fileOf({ lower, upper }: KeyRange): { uri: string; version: string } {
  return { uri: lower ?? '', version: upper ?? '' };
}

function hasBrand(record: Item): boolean {
  return typeof record['brand_id'] === 'string';
}

function quarantinedWithoutBrand(table: SourceTable, item: Item, accountId: string) {
  if (isOfAnotherAccount(item, accountId)) return quarantinedOfAnotherAccount(table, item);
  const { brand_id: brandId } = item;
  const problem = brandId === undefined ? 'is missing' : wrongType(brandId, 'S');
  return quarantined(table, item, `attribute "brand_id" ${problem}`);
}
