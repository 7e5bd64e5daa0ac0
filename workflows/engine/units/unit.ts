import { defineQuery, setHandler } from '@temporalio/workflow';
import { QUERIES } from '../../../domain/engine/messages.js';
import type { UnitInput, UnitOutcome, UnitProgress } from '../../../domain/engine/runs.js';
import type { WorkflowKind } from '../kind.js';
import { runPhase } from './phase-run.js';
import { UnitRun } from './unit-run.js';

export const unitProgressQuery = defineQuery<UnitProgress>(QUERIES.progress);

/**
 * The workflow of one unit: the kind's own steps, then the requested phases, with the kind's work beside them. The migration starts one run for each
 * phase, or one for all phases of its only unit.
 *
 * A run records its failure in the store before it ends; the error says so.
 */
export async function runUnit<Own extends object>(
  kind: WorkflowKind<Own>,
  input: UnitInput<Own>,
): Promise<UnitOutcome<Own>> {
  const run = new UnitRun(kind, input);
  setHandler(unitProgressQuery, () => run.progress);
  run.report();

  await kind.before?.(run);
  const { beside } = kind;
  const besideWork = beside && run.isWhole ? run.beside(() => beside.run(run)) : undefined;
  try {
    await runPhases(run);
    await besideWork?.done;
  } finally {
    await besideWork?.stop();
  }
  run.now('done');
  return run.outcome;
}

async function runPhases<Own extends object>(run: UnitRun<Own>): Promise<void> {
  for (let name = run.phases[0]; name !== undefined; name = run.phases[0]) {
    const phase = run.kind.phases.find((one) => one.name === name);
    if (phase === undefined) throw new Error(`${run.kind.name} has no phase ${name}.`);
    run.now(phase.name);
    await run.recorded(phase.name, () => runPhase(run, phase));
    run.phaseDone();
  }
  run.isFinished = true;
  if (run.kind.beside !== undefined) run.now(run.kind.beside.name);
}
