import { Context } from '@temporalio/activity';
import { Findings } from '../../../domain/conversations/preflight/findings.js';
import { phasesLeft } from '../../../domain/conversations/phases.js';
import type { MigrationPayload } from '../../../domain/conversations/payload.js';
import { regionOf } from '../../../domain/conversations/records/phone.js';
import { timestamp } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { Preflight } from '../../../domain/engine/preflight.js';
import { foresee, type Foreseen } from '../../../gateways/store/conversations/account/foresee.js';
import { switchedSource } from '../../../gateways/store/conversations/account/preparations.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import { measuredRate } from '../../../gateways/store/conversations/import/measured-rate.js';
import { fetchPayload } from '../account/fetch-payload.js';
import type { CallDependencies } from '../account/call-dependencies.js';
import type { SourceClients } from '../import/open-source.js';
import type { AccountInput, PreflightActivities } from '../types.js';
import { documentOf, refused } from './document.js';
import { type BrandSurvey, surveyBrand } from './survey-brand.js';
import { Pages } from './survey.js';

export type PreflightDependencies = Pick<
  CallDependencies,
  'store' | 'conversations' | 'recentDays' | 'clock'
> &
  SourceClients & {
    /** How many pages one preflight reads at most, one after the other. */
    readonly preflightPages?: number;
  };

/** At a megabyte a page, this is less than an import reads in a second, or 8,000 read units. */
const PAGES = 60;
/** The time for reading; a person waits for the answer. */
const READING_MS = 15_000;
const LAST_PAGE_MS = 3_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** The activity. */
export function createPreflight(deps: PreflightDependencies): PreflightActivities['preflight'] {
  return (input) => preflight(deps, input, Context.current().cancellationSignal);
}

/**
 * Finds out what a start of the account would do. Writes nothing.
 *
 * 1. Ask Conversations for the account and its payload. If a start would be refused, the reason is the answer.
 * 2. Judge brands, channels and ports by the store, as provisioning does.
 * 3. Survey the records of brands with work left, one page at a time, and map them as their import would.
 * 4. Estimate time and cost.
 *
 * Throws CarryoverError: `AccountUnknown`, or why Conversations, its tables or the store cannot be read.
 */
export async function preflight(
  deps: PreflightDependencies,
  { accountId }: AccountInput,
  signal: AbortSignal,
): Promise<Preflight> {
  const { clock } = deps;
  const at = timestamp(clock);
  let payload: MigrationPayload;
  let foreseen: Foreseen;
  try {
    payload = await fetchPayload(deps, accountId);
    foreseen = await foresee(deps.store, payload);
    const switched = switchedSource(accountId, foreseen.migration?.dump, payload.messages);
    if (foreseen.isBegun && switched) throw switched;
  } catch (error) {
    if (!(error instanceof CarryoverError) || !isRefusal(error)) throw error;
    return refused(at, error);
  }
  const left = foreseen.brands.filter(
    ({ foreign, status }) => foreign === undefined && phasesLeft(status).length > 0,
  );
  const findings = new Findings();
  const begun = clock.elapsed();
  const pages = new Pages(deps.preflightPages ?? PAGES, () => clock.elapsed() - begun > READING_MS);
  const surveys = new Map<string, BrandSurvey>();
  // A dump's files stay open until the signal is aborted. The signal also aborts a page that takes longer.
  const done = new AbortController();
  const stop = clock.after(READING_MS + LAST_PAGE_MS, () => done.abort());
  try {
    const world = { clients: deps, findings, pages, signal: AbortSignal.any([signal, done.signal]) };
    for (const { brandId, status } of left) {
      const brand = importedBrand(deps, payload, foreseen, brandId);
      const survey = await surveyBrand(world, brand, phasesLeft(status));
      if (survey === undefined) break;
      surveys.set(brandId, survey);
    }
  } finally {
    stop();
    done.abort();
  }
  const found = { at, payload, foreseen, left, surveys, findings, pages };
  return documentOf(found, await measuredRate(deps.store.pool));
}

/** Failures that end a start at once. They are an answer of the preflight, not its failure. */
function isRefusal({ type }: CarryoverError): boolean {
  return type === 'AccountClosed' || type === 'PayloadImpossible';
}

/** The brand as its import would know it. It has no row, and reading needs none. */
function importedBrand(
  { clock, recentDays }: PreflightDependencies,
  { account, brands, messages }: MigrationPayload,
  { migration }: Foreseen,
  brandId: string,
): ImportedBrand {
  const recentSince = new Date(clock.now() - recentDays * DAY_MS).toISOString();
  return {
    ...{ id: '0', unitId: '0', accountId: '0' },
    sourceId: brandId,
    accountSourceId: account.account_id,
    region: migration?.region ?? regionOf(account.locale),
    recentSince: migration?.recentSince ?? recentSince,
    dump: messages.kind === 's3' ? { bucket: messages.bucket, prefix: messages.prefix } : undefined,
    isFirst: brands[0]?.brand_id === brandId,
    brands: brands.length,
  };
}
