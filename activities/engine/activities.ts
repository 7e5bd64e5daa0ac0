import { Context } from '@temporalio/activity';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import type { Pass, WorkRef } from '../../domain/engine/work.js';
import { isAwaited } from '../../gateways/store/migrations/app-polls.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import type { KindCalls, KindPasses, PassWork } from './kind.js';
import type { EngineCalls, EngineImports, LaneProgress, PhaseInput, TurnInput } from './types.js';
import { type Engine, completeWork, workOn } from './work.js';

type ByName<Kind> = Readonly<Record<string, Kind>>;

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
export function createEngineImports(engine: Engine, kinds: ByName<KindPasses>): EngineImports {
  return {
    copySlices: (input) => copied(engine, named(kinds, input.kind), input),
    completePhase: ({ kind, ...of }) =>
      completeWork(engine, named(kinds, kind).copy, { ...of, pass: 'copy' }),
    async verifySlices(input) {
      const ref = turnOf(input);
      const { finished, halted, progress } = await workOn(engine, passOf(kinds, input.kind, ref.pass), ref);
      return { finished, halted, records: sumOf(progress.read) };
    },
    async finishTurn(input) {
      const ref = turnOf(input);
      await completeWork(engine, passOf(kinds, input.kind, ref.pass), ref);
    },
  };
}

/** A phase of at most this many records is settled and checked faster than another activity could be scheduled. */
const SMALL = 300;

/**
 * Completes a small phase in the call that copies it, which saves a small subject two activities. A crash between the two steps is safe: the next call
 * finds all slices done and completes the phase.
 */
export function completingSmall(imports: EngineImports): EngineImports {
  return {
    ...imports,
    async copySlices(input) {
      const progress = await imports.copySlices(input);
      const { finished, halted, tally } = progress;
      // A cancelled or halted call leaves completion to a later call.
      const isOver = finished && !halted && !Context.current().cancellationSignal.aborted;
      if (!isOver || sumOf(tally) > SMALL) return progress;
      return { ...progress, completed: await imports.completePhase(input) };
    },
  };
}

async function copied(
  engine: Engine,
  { copy }: KindPasses,
  { kind, ...of }: PhaseInput,
): Promise<LaneProgress> {
  const { finished, halted, lanes, progress } = await workOn(engine, copy, { ...of, pass: 'copy' });
  const awaited = !finished && (await isAwaited(engine.pool, { kind, subject: of.subject }));
  return {
    finished,
    halted,
    lanes,
    awaited,
    tally: { ...progress.read, quarantined: progress.quarantined },
  };
}

function turnOf({ subject, unit, verificationId, pass, repair }: TurnInput) {
  return {
    ...{ subject, unit, phase: String(pass), run: verificationId },
    pass: repair ? 'repair' : 'verify',
  } satisfies WorkRef;
}

function sumOf(tally: Readonly<Record<string, number>>): number {
  return Object.values(tally).reduce((sum, count) => sum + count, 0);
}

function named<Kind>(kinds: ByName<Kind>, name: string): Kind {
  const kind = kinds[name];
  if (kind === undefined) throw new CarryoverError('Unexpected', `There is no kind of migration ${name}.`);
  return kind;
}

function passOf(kinds: ByName<KindPasses>, name: string, pass: Pass): PassWork {
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
