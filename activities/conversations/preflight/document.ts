import {
  expectedCost,
  expectedTime,
  type MeasuredRate,
} from '../../../domain/conversations/preflight/estimates.js';
import type { Findings } from '../../../domain/conversations/preflight/findings.js';
import { startOf } from '../../../domain/conversations/preflight/start.js';
import { phasesLeft } from '../../../domain/conversations/phases.js';
import type { MigrationPayload } from '../../../domain/conversations/payload.js';
import { displayName } from '../../../domain/engine/web-ui/business-names.js';
import { type CarryoverError, FAILURES } from '../../../domain/engine/failures/failures.js';
import {
  type Estimate,
  LISTED,
  NONE,
  type Preflight,
  type PreflightParts,
  sumOf,
} from '../../../domain/engine/preflight.js';
import type { Foreseen, ForeseenBrand } from '../../../gateways/store/conversations/account/foresee.js';
import type { BrandSurvey } from './survey-brand.js';
import type { Pages } from './survey.js';

/** What a preflight has found. */
export interface Found {
  readonly at: string;
  readonly payload: MigrationPayload;
  readonly foreseen: Foreseen;
  /** Brands with work left. */
  readonly left: readonly ForeseenBrand[];
  readonly surveys: ReadonlyMap<string, BrandSurvey>;
  readonly findings: Findings;
  readonly pages: Pages;
}

export function documentOf(found: Found, measured: MeasuredRate): Preflight {
  const { at, payload, foreseen, left, surveys, findings, pages } = found;
  const all = [...surveys.values()];
  const total = (of: (survey: BrandSurvey) => Estimate): Estimate => {
    const sum = sumOf(all.map(of));
    return all.length === left.length ? sum : { ...sum, high: null, exact: false };
  };
  const volume = {
    messages: total(({ messages }) => messages),
    threads: total(({ threads }) => threads),
    messageBytes: total(({ messageBytes }) => messageBytes),
    threadBytes: total(({ threadBytes }) => threadBytes),
    brands: left.length,
    ports: foreseen.ports.toOrder,
    isDump: payload.messages.kind === 's3',
  };
  const time = expectedTime(volume, measured);
  const names = new Map(payload.brands.map(({ brand_id: id, name }) => [id, displayName(name)]));
  return {
    at,
    name: displayName(payload.account.name) ?? null,
    start: startOf(payload.account.account_id, foreseen.steering, {
      status: foreseen.migration?.status ?? 'none',
      isDone: left.length === 0 && foreseen.brands.every(({ foreign }) => foreign === undefined),
    }),
    units: {
      total: left.length,
      surveyed: all.length,
      listed: left.slice(0, LISTED).map(({ brandId, status }) => ({
        unit: brandId,
        name: names.get(brandId) ?? null,
        status,
        phases: phasesLeft(status),
        records: recordsOf(surveys.get(brandId)),
      })),
    },
    parts: partsOf(foreseen.brands, surveys),
    ports: {
      to_order: foreseen.ports.toOrder,
      open: foreseen.ports.open,
      ended: foreseen.ports.ended,
    },
    records: recordsOf(volume) ?? [],
    bytes: sumOf([volume.messageBytes, volume.threadBytes]),
    sample: {
      records: all.reduce((sum, { sampled }) => sum + sampled.records, 0),
      bytes: all.reduce((sum, { sampled }) => sum + sampled.bytes, 0),
      pages: pages.read,
      complete: all.length === left.length && all.every(({ complete }) => complete),
      stopped: pages.stopped ?? null,
    },
    quarantine: findings.view,
    time,
    cost: expectedCost(volume, time.seconds),
    unchecked: uncheckedOf(found),
  };
}

function recordsOf(of: { readonly messages: Estimate; readonly threads: Estimate } | undefined) {
  if (of === undefined) return null;
  return [
    { stage: 'threads', ...of.threads },
    { stage: 'messages', ...of.messages },
  ];
}

function partsOf(brands: readonly ForeseenBrand[], surveys: Found['surveys']): PreflightParts {
  const channels = brands.flatMap(({ channels: all }) => all);
  const failures = brands.flatMap(({ brandId, foreign, channels: all }) => [
    ...[foreign, surveys.get(brandId)?.problem].flatMap((failure) =>
      failure === undefined ? [] : [{ unit: brandId, part: null, failure }],
    ),
    ...all.flatMap(({ source, failure }) =>
      failure === undefined ? [] : [{ unit: brandId, part: source.channelId, failure }],
    ),
  ]);
  const made = channels.filter(({ stands }) => stands).length;
  const impossible = channels.filter(({ failure }) => failure !== undefined).length;
  return {
    total: channels.length,
    made,
    to_make: channels.length - made - impossible,
    impossible,
    problems: failures.slice(0, LISTED).map(({ unit, part, failure }) => ({
      ...{ unit, part },
      reason: failure.message,
      next_step: FAILURES[failure.type].nextStep,
    })),
  };
}

function uncheckedOf({ foreseen, left, surveys, payload }: Found): string[] {
  const undecided = [...surveys.values()].reduce((sum, each) => sum + each.undecided, 0);
  const unread = left.length - surveys.size;
  return [
    ...(unread === 0
      ? []
      : [
          `The records of ${unread === 1 ? 'one brand' : `${unread} brands`}, which are in none of the counts.`,
        ]),
    ...(undecided === 0 ? [] : [`Whether ${undecided} of the sampled messages have a thread record.`]),
    ...(payload.messages.kind === 's3' && surveys.size > 0
      ? [
          "How many records those files of the dump hold that were not read to their end: the counts follow from the files' size.",
        ]
      : []),
    'Ids that another account or brand here holds, and data that PostgreSQL refuses: both show only in the import.',
    'Attachments: how many there are, how large they are, and whether they can be fetched.',
    ...(foreseen.ports.toOrder === 0 ? [] : ['Whether the carrier accepts the port orders.']),
  ];
}

/** The answer for an account whose start would end at once. */
export function refused(at: string, { type, message }: CarryoverError): Preflight {
  const nothing = { dollars: null, temporal_actions: null, read_units: null };
  const why = 'The start would end before anything is read.';
  return {
    at,
    name: null,
    start: { outcome: 'refused', sentence: message, next_step: FAILURES[type].nextStep },
    units: { total: 0, surveyed: 0, listed: [] },
    parts: { total: 0, made: 0, to_make: 0, impossible: 0, problems: [] },
    ports: { to_order: 0, open: 0, ended: 0 },
    records: [],
    bytes: NONE,
    sample: { records: 0, bytes: 0, pages: 0, complete: false, stopped: null },
    quarantine: { records: 0, reasons: [] },
    time: { seconds: null, basis: why },
    cost: { ...nothing, basis: why },
    unchecked: ['Channels, ports and records.'],
  };
}
