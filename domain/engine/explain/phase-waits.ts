/** The store's view of a phase: which lanes work on it, and what slows them down. */

import type { ExplainedMigration, HeldBackFact, LeaseFact, PhaseFact } from './facts.js';
import { at, counted, earliest, msBetween, since } from './moments.js';
import { ofUnit } from './retry-waits.js';
import type { Wait } from './waits.js';

/** Lanes renew their leases every 10 s. A lane that has not for twice as long is dead, frozen or cut off from the store. */
const SILENT_MS = 20_000;

export function isSilent(lease: LeaseFact, now: string): boolean {
  return msBetween(lease.renewedAt, now) > SILENT_MS;
}

/** Undefined if no lane holds a slice of the phase: then Temporal knows more. */
export function phaseWait(phase: PhaseFact, migration: ExplainedMigration): Wait | undefined {
  const { now } = migration;
  if (phase.open === 0 && phase.leases.length === 0) return undefined;
  const alive = phase.leases.filter((lease) => !isSilent(lease, now));
  if (alive.length === 0) return phase.leases.length === 0 ? undefined : silentWait(phase, migration);
  const foreign = foreignLeases(phase, migration);
  if (foreign.length === alive.length) return foreignWait(phase, foreign, migration);
  if (phase.throttled !== null) return throttledWait(phase, phase.throttled, migration);
  if (phase.heldBack !== null) return heldBackWait(phase, phase.heldBack, migration);
  return working(phase, migration);
}

function common({ unit, left }: PhaseFact): Pick<Wait, 'unit' | 'left'> {
  return { unit, left };
}

function doing({ phase, pass, unit }: PhaseFact, { words }: ExplainedMigration): string {
  const activity = pass === 'copy' ? 'copySlices' : 'verifySlices';
  return `${words.doing({ activity, phase, item: null })}${ofUnit(unit, words)}`;
}

function silentWait(phase: PhaseFact, migration: ExplainedMigration): Wait {
  const renewedAt = earliest(phase.leases.map((lease) => lease.renewedAt));
  const until =
    phase.leases
      .map((lease) => lease.until)
      .toSorted()
      .at(-1) ?? migration.now;
  const slices = phase.leases.reduce((sum, lease) => sum + lease.slices, 0);
  return {
    reason: 'worker-silent',
    ...common(phase),
    since: renewedAt,
    clause: `${doing(phase, migration)} waits for a worker that has given no sign of life${since(renewedAt)}: ${counted(slices, 'slice')} that it holds can be taken over at ${at(until)} at the latest`,
    nextStep: 'Nothing to do if another worker runs: it takes over. Otherwise start a worker.',
    details: { phase: phase.phase, slices, leased_until: until },
  };
}

/** Leases of lanes that none of the running workflows has started: those of an earlier run whose worker still works. */
function foreignLeases(phase: PhaseFact, { temporal, now }: ExplainedMigration): LeaseFact[] {
  if (!temporal.answers) return [];
  const own = new Set([temporal.workflow, ...temporal.units].map((workflow) => workflow?.runId));
  const isKnown = temporal.units.some(({ unit }) => unit === phase.unit);
  if (!isKnown || phase.pass !== 'copy') return [];
  return phase.leases.filter((lease) => lease.runId !== '' && !own.has(lease.runId) && !isSilent(lease, now));
}

function foreignWait(phase: PhaseFact, foreign: readonly LeaseFact[], migration: ExplainedMigration): Wait {
  const slices = foreign.reduce((sum, lease) => sum + lease.slices, 0);
  const until =
    foreign
      .map((lease) => lease.until)
      .toSorted()
      .at(-1) ?? migration.now;
  return {
    reason: 'foreign-lease',
    ...common(phase),
    since: null,
    clause: `${doing(phase, migration)} waits for a worker of an earlier run that is still alive and holds ${counted(slices, 'slice')}`,
    nextStep:
      'Nothing to do: that worker stops within a batch, or its lease ends. If it is frozen, end its process.',
    details: { phase: phase.phase, slices, leased_until: until, run_id: foreign[0]?.runId ?? null },
  };
}

function throttledWait(
  phase: PhaseFact,
  { what, code, since: from, times }: NonNullable<PhaseFact['throttled']>,
  migration: ExplainedMigration,
): Wait {
  return {
    reason: 'throttled',
    ...common(phase),
    since: from,
    clause: `${migration.words.source} has throttled reads of ${what} (${code})${since(from)}: ${doing(phase, migration)} reads only as fast as it allows`,
    nextStep: `Wait, or raise the read capacity of ${what}; the work continues automatically.`,
    details: { phase: phase.phase, throttled: what, code, times },
  };
}

function heldBackWait(phase: PhaseFact, heldBack: HeldBackFact, migration: ExplainedMigration): Wait {
  const { reason, measured, budget, share, since: from } = heldBack;
  const isLatency = reason === 'commit-latency';
  const { others } = migration.words;
  const why = isLatency
    ? `commits of ${others} take ${round(measured)} ms and may take ${round(budget)} ms`
    : `a replica is ${round(measured)} s behind and may be ${round(budget)} s`;
  return {
    reason: 'held-back',
    ...common(phase),
    since: from,
    clause: `${doing(phase, migration)} has been held back to ${Math.max(1, Math.round(share * 100))} % of its speed${since(from)}, because ${why}`,
    nextStep: isLatency
      ? 'Nothing to do: it speeds up when the database has less to do.'
      : 'Find out why the replica is behind; the work speeds up when it has caught up.',
    details: { phase: phase.phase, held_back: reason, measured, budget, share },
  };
}

function working(phase: PhaseFact, migration: ExplainedMigration): Wait {
  return {
    reason: 'working',
    ...common(phase),
    since: phase.plannedAt,
    clause: doing(phase, migration),
    nextStep: null,
    details: { phase: phase.phase, lanes: phase.leases.length, last_batch_at: phase.lastBatchAt },
  };
}

function round(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString('en-US') : String(Math.round(value * 10) / 10);
}
