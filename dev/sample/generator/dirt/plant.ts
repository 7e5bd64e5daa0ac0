import type { LooseItem } from '../../contract.js';
import type { ResolvedOptions } from '../options.js';
import type { Workshop } from '../thread.js';
import { DirtBench } from './bench.js';
import type { DirtKind } from './kind.js';
import { DIRT_NAMES, type DirtName, type PlantedRecord } from './names.js';
import * as repeats from './repeats.js';
import * as records from './spoiled-records.js';
import * as times from './spoiled-times.js';

export interface PlantedDirt {
  threads: LooseItem[];
  messages: LooseItem[];
  planted: PlantedRecord[];
}

const KINDS: Record<DirtName, DirtKind> = {
  'wrong-type-attribute': records.wrongTypeAttribute,
  'missing-attribute': records.missingAttribute,
  'wrong-type-thread-attribute': records.wrongTypeThreadAttribute,
  'missing-thread-attribute': records.missingThreadAttribute,
  'key-disagrees-with-sent-at': times.keyDisagreesWithSentAt,
  'no-thread-record': records.noThreadRecord,
  'stale-last-message-at': times.staleLastMessageAt,
  'thread-without-messages': repeats.threadWithoutMessages,
  'several-threads-of-a-pair': repeats.severalThreadsOfAPair,
  'differently-written-numbers': repeats.differentlyWrittenNumbers,
  'equal-times': times.equalTimes,
  'out-of-order-times': times.outOfOrderTimes,
  'unstorable-text': records.unstorableText,
  'unstorable-metadata': records.unstorableMetadata,
  'foreign-message': records.foreignMessage,
  'foreign-thread': records.foreignThread,
  'repeated-message-id': repeats.repeatedMessageId,
  'repeated-across-recent-and-remaining': repeats.repeatedAcrossRecentAndRemaining,
  'repeated-in-two-threads': repeats.repeatedInTwoThreads,
  'repeated-smallest-cannot-be-taken': repeats.repeatedSmallestCannotBeTaken,
  'repeated-none-can-be-taken': repeats.repeatedNoneCanBeTaken,
  'missing-sent-at': times.missingSentAt,
  'invalid-sent-at': times.invalidSentAt,
  'sent-at-in-another-zone': times.sentAtInAnotherZone,
  'no-time-at-all': times.noTimeAtAll,
};

/**
 * Generates the requested irregular records at once, since they are few. Serials above those of the regular threads keep ids and contacts
 * distinct.
 */
export function plantDirt(workshop: Workshop): PlantedDirt {
  const dirt: PlantedDirt = { threads: [], messages: [], planted: [] };
  let serial = workshop.options.threads;
  for (const name of DIRT_NAMES) {
    const bench = new DirtBench(workshop, name, serial);
    const wanted = countOf(workshop.options, name);
    for (let index = 0; index < wanted; index++) KINDS[name].plant(bench, index);
    serial += bench.serials;
    dirt.threads.push(...bench.threads);
    dirt.messages.push(...bench.messages);
    dirt.planted.push(...bench.planted);
  }
  return dirt;
}

/** `all`: every variant of every kind, and two at least. */
function countOf(options: ResolvedOptions, name: DirtName): number {
  return options.dirt === 'all' ? Math.max(2, KINDS[name].variants) : (options.dirt[name] ?? 0);
}
