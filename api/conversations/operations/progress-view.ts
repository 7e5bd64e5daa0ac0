/** Progress in the API's answers: counts, their estimated totals, and the time left. */

import type {
  BrandFacts,
  MigrationFacts,
} from '../../../gateways/store/conversations/status/migrations-view.js';
import type { Counts, PhaseFacts } from '../../../gateways/store/conversations/status/phase-facts.js';
import type { MigrationView } from '../schemas/migrations.js';

type Progress = MigrationView['messages'];
type Attachments = Omit<MigrationView['attachments'], 'failures'>;

interface Planned {
  readonly planned: number;
  readonly planned_low: number;
  readonly planned_high: number | null;
}

/** @param isWhole false while parts are not planned yet */
export function progressView(counts: readonly Counts[], isWhole = true): Progress {
  const total = (one: (count: Counts) => number) => counts.reduce((sofar, count) => sofar + one(count), 0);
  const isKnown = isWhole && counts.every(({ bounds }) => bounds !== null);
  return {
    planned: total(({ planned }) => planned),
    planned_low: total(({ bounds, read }) => bounds?.low ?? read),
    planned_high: isKnown ? total(({ bounds }) => bounds?.high ?? 0) : null,
    done: total(({ read }) => read),
    quarantined: total(({ quarantined }) => quarantined),
  };
}

const PHASES = ['recent', 'remaining'];

/** Whether every brand's phases are planned; before that the total is unknown. */
export function areAllPlanned(brands: readonly BrandFacts[]): boolean {
  return brands.every(({ phases }) => PHASES.every((name) => phases.some(({ phase }) => phase === name)));
}

/** A brand's threads, counted once, although the remaining phase reads those of the recent phase again. */
export function threadsOf({ phases }: BrandFacts): Counts[] {
  const of = (name: string) => phases.find(({ phase }) => phase === name)?.threads;
  const [recent, remaining] = [of('recent'), of('remaining')];
  if (!recent || !remaining) return phases.map(({ threads }) => threads);
  const { bounds } = remaining;
  return [
    {
      planned: Math.max(recent.planned, remaining.planned),
      bounds: bounds && { low: Math.max(recent.read, bounds.low), high: Math.max(recent.read, bounds.high) },
      read: Math.max(recent.read, remaining.read),
      quarantined: Math.max(recent.quarantined, remaining.quarantined),
    },
  ];
}

/** Null while the rate or the total is unknown, and once everything is read, because the rest has no count. */
export function timeLeft(
  { planned, planned_low: low, planned_high: high }: Planned,
  done: number,
  rate: number | null,
): Pick<MigrationView, 'seconds_left' | 'seconds_left_low' | 'seconds_left_high'> {
  if (rate === null || high === null || high <= done)
    return { seconds_left: null, seconds_left_low: null, seconds_left_high: null };
  const at = (end: number) => Math.ceil(Math.max(0, end - done) / rate);
  return { seconds_left: at(planned), seconds_left_low: at(low), seconds_left_high: at(high) };
}

/** Attachments are found in messages: while messages are still being read, the total is estimated from their share so far. */
export function attachmentsView(
  { open, failed }: MigrationFacts['attachments'],
  phases: readonly PhaseFacts[],
  messages: Progress,
  rateOf: (settled: number) => number | null,
): Attachments {
  const found = Math.max(
    open + failed,
    phases.reduce((total, phase) => total + phase.attachments, 0),
  );
  const stored = found - open - failed;
  const scaled = (end: number) =>
    messages.done === 0 ? found : Math.max(found, Math.ceil((found * end) / messages.done));
  const isKnown = messages.planned_high !== null && (messages.done > 0 || messages.planned_high === 0);
  const planned = {
    planned: scaled(messages.planned),
    planned_low: scaled(messages.planned_low),
    planned_high: isKnown ? scaled(messages.planned_high ?? 0) : null,
  };
  const rate = open === 0 ? null : rateOf(stored + failed);
  return {
    stored,
    waiting: open,
    failed,
    ...planned,
    rate_per_second: rate,
    ...timeLeft(planned, stored + failed, rate),
  };
}
