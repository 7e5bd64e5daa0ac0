import { Context } from '@temporalio/activity';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import type { Pass, WorkRef } from '../../domain/engine/work.js';
import { isAwaited } from '../../gateways/store/migrations/app-polls.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import type { KindCalls, KindPasses, PassWork } from './kind.js';
import { completeTurns, workOnTurns } from './turns.js';
import type { EngineCalls, EngineImports, LaneProgress, PhaseInput, TurnsInput } from './types.js';
import { type Engine, type OnCommittedOfKinds, completeWork, sumOf, workOn } from './work.js';

/** A kind that is off is undefined. */
type ByName<Kind> = Readonly<Record<string, Kind | undefined>>;

/** The activities of the task queue `calls`, for the kinds by their names. */
export function createEngineCalls(pool: Pool, kinds: ByName<KindCalls>): EngineCalls {
  return {
    async prepareMigration({ isFirst = false, ...migration }) {
      const prepared = await named(kinds, migration.kind).prepare(migration.subject, isFirst);
      return { ...prepared, awaited: await isAwaited(pool, migration) };
    },
    recordMigrationFailure: ({ kind, subject, failure }) =>
      named(kinds, kind).recordFailure(subject, failure),
    recordCancellation: ({ kind, subject, by }) => named(kinds, kind).recordCancellation(subject, by),
    recordUnitFailure: ({ kind, subject, unit, phase, failure }) =>
      named(kinds, kind).recordUnitFailure(subject, unit, { step: phase, failure }),
    openVerification: ({ kind, verificationId }) => verificationsOf(kinds, kind).open(verificationId),
    endVerification: ({ kind, subject, verificationId, failure }) =>
      verificationsOf(kinds, kind).end(subject, verificationId, failure),
  };
}

/** The activities of the task queue `imports`, for the passes of kinds by their names. */
export function createEngineImports(engine: EngineOfKinds, kinds: ByName<KindPasses>): EngineImports {
  return {
    copySlices: (input) => copied(engine, named(kinds, input.kind), input),
    completePhase: ({ kind, ...of }) =>
      completeWork(engine, named(kinds, kind).copy, { ...of, pass: 'copy' }),
    verifyUnits: (input) =>
      workOnTurns(engineOf(engine, input.kind), passOf(kinds, input.kind, input), turnsOf(input)),
    finishTurns: (input) =>
      completeTurns(engineOf(engine, input.kind), passOf(kinds, input.kind, input), turnsOf(input)),
  };
}

/** A phase of at most this many records is settled and checked faster than another activity could be scheduled. */
const SMALL = 300;

/** Turns of at most this many records together are finished in a second or two. */
const SMALL_TURNS = 20_000;

/**
 * Completes a small phase in the call that copies it, which saves a small subject two activities, and finishes small turns in the call that has read
 * them. A crash between the two steps is safe: the next call finds all slices done and completes what is left.
 */
export function completingSmall(imports: EngineImports): EngineImports {
  return {
    ...imports,
    async copySlices(input) {
      const progress = await imports.copySlices(input);
      const { finished, halted, tally } = progress;
      if (!finished || halted || isCancelled() || sumOf(tally) > SMALL) return progress;
      return { ...progress, completed: await imports.completePhase(input) };
    },
    async verifyUnits(input) {
      const progress = await imports.verifyUnits(input);
      const { finished, halted, records } = progress;
      if (!input.finishing || !finished || halted || isCancelled() || records > SMALL_TURNS) return progress;
      await imports.finishTurns(input);
      return { ...progress, ended: true };
    },
  };
}

/** A cancelled call leaves completion to a later call. */
function isCancelled(): boolean {
  return Context.current().cancellationSignal.aborted;
}

interface EngineOfKinds extends Omit<Engine, 'onCommitted'> {
  readonly onCommitted?: OnCommittedOfKinds | undefined;
}

function engineOf({ onCommitted, ...engine }: EngineOfKinds, kind: string): Engine {
  return { ...engine, onCommitted: (of, records) => onCommitted?.({ kind, ...of }, records) };
}

async function copied(
  engine: EngineOfKinds,
  { copy }: KindPasses,
  { kind, ...of }: PhaseInput,
): Promise<LaneProgress> {
  const { finished, halted, lanes, progress } = await workOn(engineOf(engine, kind), copy, {
    ...of,
    pass: 'copy',
  });
  const awaited = !finished && (await isAwaited(engine.pool, { kind, subject: of.subject }));
  return {
    finished,
    halted,
    lanes,
    awaited,
    tally: { ...progress.read, quarantined: progress.quarantined },
  };
}

function turnsOf({ subject, units, verificationId, pass, repair }: TurnsInput): WorkRef[] {
  const turn = { subject, phase: String(pass), run: verificationId, pass: passOfTurn({ repair }) };
  return units.map((unit) => ({ ...turn, unit }));
}

function passOfTurn({ repair }: Pick<TurnsInput, 'repair'>): Pass {
  return repair ? 'repair' : 'verify';
}

function named<Kind>(kinds: ByName<Kind>, name: string): Kind {
  const kind = kinds[name];
  if (kind === undefined)
    throw new CarryoverError('Unexpected', `This worker has no kind of migration ${name}, or it is off.`);
  return kind;
}

function passOf(kinds: ByName<KindPasses>, name: string, turns: Pick<TurnsInput, 'repair'>): PassWork {
  const pass = passOfTurn(turns);
  const work = named(kinds, name)[pass];
  if (work === undefined) throw new CarryoverError('Unexpected', `The kind ${name} has no pass ${pass}.`);
  return work;
}

function verificationsOf(kinds: ByName<KindCalls>, name: string) {
  const { verifications } = named(kinds, name);
  if (verifications === undefined)
    throw new CarryoverError('Unexpected', `The kind ${name} is not verified.`);
  return verifications;
}
