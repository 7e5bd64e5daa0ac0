import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import type {
  AttachmentsProgress,
  BrandProgress,
  FollowingProgress,
  HeldBackNote,
  PhaseProgress,
  PhaseState,
  Planned,
  ProgressModel,
  Range,
  RetryNote,
} from './model.js';
import type { PhaseRates } from './rates.js';
import { openPorts } from './attention.js';
import { percent } from './bar.js';
import { count, durationRange, plural } from '../../engine/terminal/words.js';

type BrandView = MigrationView['brands'][number];
type PhaseView = BrandView['phases'][number];

/** Shown even before they are planned. */
const PHASES = ['recent', 'remaining'] as const;

/**
 * Derives what to show from the API's answer. `rates` remembers earlier answers, and gives each phase a rate.
 *
 * @param atMs milliseconds of a monotonic clock.
 */
export function progressOf(view: MigrationView, rates?: PhaseRates, atMs = 0): ProgressModel {
  return {
    accountId: view.account_id,
    name: view.name,
    status: view.migration_status,
    notes: notesOf(view),
    heldBack: heldBackOf(view),
    retries: view.retrying.map(retryOf),
    failures: failuresOf(view),
    brands: view.brands.map((brand) => brandOf(brand, view, rates, atMs)),
    ports: view.ports.map(({ phone_number: phoneNumber, status, reason }) => ({
      phoneNumber,
      status,
      reason,
    })),
    attachments: attachmentsOf(view.attachments),
    quarantined: view.quarantined,
    following: followingOf(view.following),
  };
}

function followingOf(following: MigrationView['following']): FollowingProgress | null {
  const { by, since, until, finishing, added, changed, removed, lag_seconds: lag } = following;
  if (by === null || since === null) return null;
  const state = until !== null ? 'ended' : finishing !== null ? 'finishing' : 'following';
  return { by, added, changed, removed, secondsBehind: state === 'ended' ? null : lag, state };
}

function notesOf(view: MigrationView): string[] {
  const { paused, cancelled, rate_per_second: rate } = view;
  const left = secondsLeftOf(view);
  return [
    ...(cancelled ? [`cancelled by ${cancelled.by} at ${clock(cancelled.since)}`] : []),
    ...(paused ? [`paused by ${paused.by} since ${clock(paused.since)}`] : []),
    ...(rate === null ? [] : [`${count(rate)}/s`]),
    ...(left === null ? [] : [`about ${durationRange(left)} left`]),
    ...waitOf(view),
    ...(view.messages_to_temporal > 0 ? ['not yet delivered to Temporal'] : []),
  ];
}

/** What a migration is doing while no bar moves. */
function waitOf(view: MigrationView): string[] {
  const { phase, migration_status: status, attachments } = view;
  if (status === 'migrating' && phase === 'preparing') return ['creating brands and channels'];
  if (status !== 'all-messages-migrated') return [];
  const open = openPorts(view).length;
  return [
    ...(attachments.waiting > 0 ? ['fetching attachments'] : []),
    ...(open > 0 ? [`waiting for the carrier to port ${plural(open, 'number')}`] : []),
    ...lastPassOf(view),
  ];
}

/** The progress of the verification that ends following. */
function lastPassOf({ following, verification }: MigrationView): string[] {
  if (following.finishing === null || following.until !== null) return [];
  const brands = verification?.brands ?? [];
  const at = brands.findIndex(({ progress }) => progress !== null);
  const progress = brands[at]?.progress;
  if (!progress) return ['comparing'];
  const { read, planned } = progress;
  const records = `${count(read)} / ~${count(Math.max(read, planned))}`;
  return [`comparing brand ${at + 1} of ${brands.length}: ${records}`];
}

/** A reason applies to everything that a worker writes, so the most severe one is shown. */
function heldBackOf(view: MigrationView): HeldBackNote | null {
  const [worst] = view.brands
    .flatMap((brand) => brand.phases.flatMap(({ held_back: heldBack }) => heldBack ?? []))
    .toSorted((a, b) => a.share - b.share);
  if (!worst) return null;
  const { reason, share } = worst;
  const [measured, budget] = [Math.round(worst.measured), Math.round(worst.budget)];
  const why =
    reason === 'commit-latency'
      ? `commits take ${measured} ms, budget ${budget} ms`
      : `a replica is ${measured} s behind, budget ${budget} s`;
  return { reason, text: `holding back: ${why}; writing ${percent(share)} of what it could` };
}

function retryOf(retried: MigrationView['retrying'][number]): RetryNote {
  const { what, type, message, attempt, since, next_try_at: next } = retried;
  const upcoming = next === null ? 'it is being tried now' : `next attempt at ${clock(next, true)}`;
  return {
    reason: `${what} ${type}`,
    text: `retrying ${what} since ${clock(since)}: attempt ${attempt} failed, ${upcoming}. ${message}`,
  };
}

function failuresOf(view: MigrationView): string[] {
  const inWords = (whose: string, failure: NonNullable<MigrationView['failure']>): string =>
    `${whose}: ${failure.message} ${failure.next_step}`;
  return [
    ...(view.failure ? [inWords('Account', view.failure)] : []),
    ...view.brands.flatMap((brand) => (brand.failure ? [inWords(brand.name, brand.failure)] : [])),
    ...view.messages_refused.map(
      ({ kind, workflow_id: workflow, since, reason, next_step: next, command }) =>
        `Temporal refused message ${kind} to ${workflow} at ${clock(since)}: ${reason} ${next} With: ${command}`,
    ),
  ];
}

function brandOf(
  brand: BrandView,
  view: MigrationView,
  rates: PhaseRates | undefined,
  atMs: number,
): BrandProgress {
  const planned = new Map(brand.phases.map((phase) => [phase.phase, phase]));
  const names = new Set<string>([...PHASES, ...planned.keys()]);
  const still = view.paused !== null || view.cancelled !== null;
  return {
    id: brand.brand_id,
    name: brand.name,
    phases: [...names].map((name) => {
      const phase = planned.get(name);
      if (!phase) return waiting(name);
      const key = `${brand.brand_id}\n${name}`;
      rates?.observe(key, phase.messages.done, atMs);
      return phaseOf(phase, stateOf(phase, brand), still ? null : (rates?.perSecond(key) ?? null));
    }),
  };
}

function waiting(phase: string): PhaseProgress {
  return { phase, state: 'waiting', done: 0, planned: null, perSecond: null, secondsLeft: null };
}

function phaseOf({ phase, messages }: PhaseView, state: PhaseState, rate: number | null): PhaseProgress {
  const { done } = messages;
  const planned = plannedOf(messages);
  const perSecond = state === 'running' && rate !== null && rate > 0 ? rate : null;
  return { phase, state, done, planned, perSecond, secondsLeft: leftOf(planned, done, perSecond) };
}

/** Null while there is no upper bound. */
function plannedOf(counts: {
  readonly planned: number;
  readonly planned_low: number;
  readonly planned_high: number | null;
}): Planned | null {
  const { planned, planned_low: low, planned_high: high } = counts;
  return high === null ? null : { low, high, about: planned };
}

/** Null also once all are done: the rest of the phase has no count. */
function leftOf(planned: Planned | null, done: number, perSecond: number | null): Range | null {
  if (planned === null || perSecond === null || planned.high <= done) return null;
  const at = (end: number) => Math.max(0, end - done) / perSecond;
  return { low: at(planned.low), high: at(planned.high) };
}

function secondsLeftOf(view: {
  readonly seconds_left_low: number | null;
  readonly seconds_left_high: number | null;
}): Range | null {
  const { seconds_left_low: low, seconds_left_high: high } = view;
  return low === null || high === null ? null : { low, high };
}

function attachmentsOf(attachments: MigrationView['attachments']): AttachmentsProgress {
  const { stored, failed, waiting, rate_per_second: perSecond } = attachments;
  const secondsLeft = secondsLeftOf(attachments);
  return { stored, failed, waiting, planned: plannedOf(attachments), perSecond, secondsLeft };
}

function stateOf(phase: PhaseView, brand: BrandView): PhaseState {
  if (phase.step === 'done') return 'done';
  const failed =
    brand.migration_status === `${phase.phase}-messages-failure` ||
    brand.migration_status === 'channel-failure';
  if (failed) return 'failed';
  return phase.step === 'checking' ? 'checking' : 'running';
}

/** Hours and minutes in the local time zone. */
function clock(iso: string, seconds = false): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const parts = [date.getHours(), date.getMinutes(), ...(seconds ? [date.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
