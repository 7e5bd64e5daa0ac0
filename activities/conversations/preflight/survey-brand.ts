import type { Findings } from '../../../domain/conversations/preflight/findings.js';
import type { Phase } from '../../../domain/conversations/phases.js';
import { type Estimate, exactly, sumOf } from '../../../domain/engine/preflight.js';
import type { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { DumpObject } from '../../../gateways/dumps/client.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import { incompleteDump, listAll, recordsIn } from '../import/dump-plan.js';
import { openSource, type SourceClients } from '../import/open-source.js';
import type { SourceRecord } from '../import/record-source.js';
import type { Source } from '../../engine/source.js';
import { BrandSample } from './brand-sample.js';
import { type Pages, type Survey, type Surveying, surveyRange } from './survey.js';

export interface BrandSurvey {
  readonly threads: Estimate;
  readonly messages: Estimate;
  readonly threadBytes: Estimate;
  readonly messageBytes: Estimate;
  readonly sampled: { readonly records: number; readonly bytes: number };
  /** Every record was read. */
  readonly complete: boolean;
  /** Sampled messages whose thread may or may not exist. */
  readonly undecided: number;
  /** Why its records cannot be read. */
  readonly problem: CarryoverError | undefined;
}

interface SurveyWorld {
  readonly clients: SourceClients;
  readonly findings: Findings;
  readonly pages: Pages;
  readonly signal: AbortSignal;
}

/**
 * Reads some of what a brand's import would read, and maps it as the import would. Undefined if nothing more may be read.
 *
 * @param phases that the brand has not completed
 */
export async function surveyBrand(
  { clients, findings, pages, signal }: SurveyWorld,
  brand: ImportedBrand,
  phases: readonly Phase[],
): Promise<BrandSurvey | undefined> {
  const source = openSource(brand, clients);
  const sample = new BrandSample(source, findings);
  const takeThreads: Surveying<SourceRecord> = {
    pages,
    signal,
    take: (records) => sample.addThreads(records),
  };
  const takeMessages: Surveying<SourceRecord> = {
    pages,
    signal,
    take: (records) => sample.addMessages(records),
  };
  let threads: Survey | undefined;
  let messages: Survey | undefined;
  let problem: CarryoverError | undefined;
  const { dump } = brand;
  if (dump === undefined) {
    threads = await surveyRange(source.threads, { lower: null, upper: null }, takeThreads);
    const upper = phases.includes('recent') ? null : brand.recentSince;
    messages = threads && (await surveyRange(source.messages, { lower: null, upper }, takeMessages));
  } else {
    const list = () => listAll({ dumps: clients.dumps, location: dump }, signal);
    const folders = await pages.next(list);
    if (folders === undefined) return undefined;
    const part = phases.includes('recent') ? 'all' : 'remaining';
    problem = incompleteDump({ location: dump, brand }, folders, part);
    threads = await surveyFiles(source.threads, folders.threads, brand, takeThreads);
    const files = phases.flatMap((phase) => folders[phase]);
    messages = threads && (await surveyFiles(source.messages, files, brand, takeMessages));
  }
  if (threads === undefined || messages === undefined) return undefined;
  const undecided = await sample.settle(async (threadIds) => {
    // All threads of a dump are read before its messages; single threads cannot be looked up.
    if (dump !== undefined) return threads.complete ? [] : undefined;
    return pages.next(() => source.lookUpThreads(threadIds, signal));
  });
  return {
    threads: threads.records,
    messages: messages.records,
    threadBytes: bytesOf(threads, sample.threads),
    messageBytes: bytesOf(messages, sample.messages),
    sampled: {
      records: sample.threads.records + sample.messages.records,
      bytes: sample.threads.bytes + sample.messages.bytes,
    },
    complete: threads.complete && messages.complete,
    undecided,
    problem,
  };
}

/** Files whose first page is read. */
const SAMPLED_FILES = 2;

/** The first files are sampled from their beginning; the number of records in the others is estimated from their size. */
async function surveyFiles<Item>(
  source: Source<Item>,
  files: readonly DumpObject[],
  brand: ImportedBrand,
  surveying: Surveying<Item>,
): Promise<Survey | undefined> {
  const surveys: Survey[] = [];
  for (const [at, file] of files.entries()) {
    const range = { lower: file.uri, upper: file.version };
    const sampled = at < SAMPLED_FILES ? await surveyRange(source, range, surveying) : undefined;
    if (at === 0 && sampled === undefined) return undefined;
    surveys.push(sampled?.complete === true ? sampled : unread(file, brand, sampled));
  }
  return {
    records: surveys.length === 0 ? exactly(0) : sumOf(surveys.map(({ records }) => records)),
    complete: surveys.every(({ complete }) => complete),
  };
}

function unread(file: DumpObject, brand: ImportedBrand, sampled: Survey | undefined): Survey {
  const { low, high } = recordsIn(file, brand).bounds;
  const read = sampled?.records.low ?? 0;
  return {
    records: { low: Math.max(low, read), high: Math.max(high, read), exact: false },
    complete: false,
  };
}

/** The size of a survey's records, by the average of those that were read. */
function bytesOf(
  { records: { low, high, exact }, complete }: Survey,
  sampled: { readonly records: number; readonly bytes: number },
): Estimate {
  if (complete) return exactly(sampled.bytes);
  if (sampled.records === 0) return { low: 0, high: high === 0 ? 0 : null, exact: exact && high === 0 };
  const each = sampled.bytes / sampled.records;
  return {
    low: Math.floor(low * each),
    high: high === null ? null : Math.ceil(high * each),
    exact: false,
  };
}
