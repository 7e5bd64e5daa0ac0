import type { EngineActivities, PhaseInput, TurnsInput } from '../../activities/engine/types.js';
import type { Failure } from '../../domain/engine/failures/failures.js';
import type { VerificationInput } from '../../domain/engine/verification.js';
import { capitalized } from '../../domain/engine/web-ui/texts.js';
import { ActivityProxies } from './activities.js';
import type { PhaseOfKind, WorkflowKind } from './kind.js';

type NamedKind = Pick<WorkflowKind, 'name' | 'words'>;
/** Parts of a verification. */
export type Turns = Pick<TurnsInput, 'units' | 'pass' | 'repair' | 'finishing'>;

/** The engine's activities for one subject of a kind, each with its summary in the Web UI. */
export function engineActivities({ name: kind, words }: NamedKind, subject: string) {
  const migration = { kind, subject };
  const proxies = new ActivityProxies<EngineActivities>(subject);
  const inputOf = (unit: string, phase: PhaseOfKind): PhaseInput => ({
    ...migration,
    unit,
    phase: phase.name,
  });
  return {
    prepare: (isFirst: boolean) =>
      proxies
        .with('call', `Prepare the ${words.subject}`)
        .prepareMigration({ ...migration, ...(isFirst && { isFirst }) }),
    recordFailure: (failure: Failure) =>
      proxies
        .with('record', `Record why the ${words.subject} cannot be migrated`)
        .recordMigrationFailure({ ...migration, failure }),
    recordCancellation: (by: string) =>
      proxies
        .with('record', 'Record that the migration is cancelled')
        .recordCancellation({ ...migration, by }),
    /** `step`: a phase, or a step of the kind's own. */
    recordUnitFailure: (unit: string, step: string, failure: Failure) =>
      proxies
        .with('record', `Record why the ${words.unit} has failed`)
        .recordUnitFailure({ ...migration, unit, phase: step, failure }),
    /** Runs one lane of a phase for minutes; several may run at once. */
    copySlices: (unit: string, phase: PhaseOfKind, awaited: boolean) =>
      proxies.lane(phase, awaited, capitalized(words.doing(phase.name))).copySlices(inputOf(unit, phase)),
    /** Settles and checks a phase whose slices are all done. Throws CheckUnequal (final). */
    completePhase: (unit: string, phase: PhaseOfKind, awaited: boolean) =>
      proxies
        .check(phase, awaited, `Settle and check after ${words.doing(phase.name)}`)
        .completePhase(inputOf(unit, phase)),
  };
}

export type MigrationActivities = ReturnType<typeof engineActivities>;

/** The engine's activities for one verification. They run at background priority: migrations that somebody waits for go first. */
export function verificationActivities(
  { name: kind }: NamedKind,
  { subject, verificationId }: VerificationInput,
) {
  const ref = { kind, subject, verificationId };
  const proxies = new ActivityProxies<EngineActivities>(subject);
  const calls = proxies.with('call', 'Open or end the verification', 'background');
  return {
    open: () => calls.openVerification(ref),
    verifyUnits: (turns: Turns) =>
      proxies.with('lane', 'Compare records', 'background').verifyUnits({ ...ref, ...turns }),
    finishTurns: (turns: Turns) =>
      proxies
        .with('check', 'Find what the source does not have', 'background')
        .finishTurns({ ...ref, ...turns }),
    end: (failure?: Failure) => calls.endVerification({ ...ref, ...(failure && { failure }) }),
  };
}

export type VerificationActivities = ReturnType<typeof verificationActivities>;
