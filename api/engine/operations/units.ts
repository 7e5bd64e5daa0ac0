import { migrationKey } from '../../../domain/engine/migration-ref.js';
import { plannedOf } from '../../../domain/engine/time-left.js';
import { readUnitPhases, type UnitPhase } from '../../../gateways/store/work/unit-progress.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ApiKind, KindUnit } from '../kind.js';
import { IDLE, type MigrationPace, phaseKey, type RunningWork } from '../live/running-work.js';

/** The failures that are counted by unit; more are shown as this many. */
const COUNTED_FAILURES = 1_000;

/** A migration's units with their phases. Throws Problem 404; StoreUnavailable. */
export async function unitsOf(store: Store, work: RunningWork, kind: ApiKind, key: string) {
  await kind.assertKnown(key);
  const ref = { kind: kind.name, subject: key };
  const [phases, own, failures, paces] = await Promise.all([
    readUnitPhases(store.pool, ref, kind.countedStage ?? null),
    kind.readUnits?.(key),
    kind.failures.list({ key, limit: COUNTED_FAILURES }),
    work.look(),
  ]);
  const units = own ?? unitsIn(phases);
  return units.map(({ unit, name, status, since, parts }) => ({
    unit,
    name,
    status,
    since: since ?? lastTime(phases.filter((each) => each.unit === unit)),
    phases: kind.phases.map((phase) =>
      phaseView(
        phase,
        phases.find((each) => each.unit === unit && each.phase === phase),
        paces.get(migrationKey(ref))?.phases.get(phaseKey(unit, phase)),
      ),
    ),
    failures: failures.filter((failure) => failure.unit === unit).length,
    parts: [...parts],
  }));
}

type PhasePace = MigrationPace['phases'] extends ReadonlyMap<string, infer One> ? One : never;

function phaseView(phase: string, found: UnitPhase | undefined, pace: PhasePace = IDLE) {
  const { done = 0, planned = 0, quarantined = 0 } = found ?? {};
  const isDone = found !== undefined && found.completedAt !== null;
  return {
    phase,
    status: stateOf(found),
    done,
    planned: found === undefined ? 0 : plannedOf(planned, done, isDone),
    rate: isDone ? 0 : pace.rate,
    seconds_left: isDone ? null : pace.secondsLeft,
    quarantined,
  };
}

function stateOf(phase: UnitPhase | undefined): 'waiting' | 'reading' | 'checking' | 'done' {
  if (phase === undefined) return 'waiting';
  if (phase.completedAt !== null) return 'done';
  return phase.isRead ? 'checking' : 'reading';
}

/** For a kind without a view of its units: the engine's data. */
function unitsIn(phases: readonly UnitPhase[]): KindUnit[] {
  const names = new Map(phases.map(({ unit, name }) => [unit, name]));
  return [...names].map(([unit, name]) => {
    const own = phases.filter((each) => each.unit === unit && each.phase !== null);
    const status =
      own.length === 0 ? 'waiting' : own.every(({ completedAt }) => completedAt) ? 'done' : 'running';
    return { unit, name, status, since: null, parts: [] };
  });
}

function lastTime(phases: readonly UnitPhase[]): string | null {
  const times = phases.flatMap(({ plannedAt, completedAt }) => completedAt ?? plannedAt ?? []);
  return times.toSorted((a, b) => b.getTime() - a.getTime())[0]?.toISOString() ?? null;
}
