/** A kind of migration for tests, as small as one can be: the numbers of a file, in ranges, positive ones first. */

import type { Failure } from '../../../domain/engine/failures/failures.js';
import type { MigrationInput, UnitInput } from '../../../domain/engine/runs.js';
import type { VerificationInput } from '../../../domain/engine/verification.js';
import { ActivityProxies } from '../../../workflows/engine/activities.js';
import type {
  Completed,
  LaneProgress,
  PhaseOfKind,
  Preparation,
  WorkflowKind,
} from '../../../workflows/engine/kind.js';
import { runMigration } from '../../../workflows/engine/migration.js';
import { runUnit } from '../../../workflows/engine/units/unit.js';
import {
  type Turn,
  type VerificationCalls,
  runVerification,
} from '../../../workflows/engine/verification.js';

interface RangeInput {
  readonly file: string;
  readonly range: string;
  readonly phase: string;
}

export interface NumbersActivities {
  openFile(input: { readonly file: string }): Promise<Preparation>;
  copyNumbers(input: RangeInput): Promise<LaneProgress<object>>;
  checkSum(input: RangeInput): Promise<Completed<object>>;
  recordFileFailure(input: { readonly file: string; readonly failure: Failure }): Promise<void>;
  recordRangeFailure(input: RangeInput & { readonly failure: Failure }): Promise<void>;
  recordStop(input: { readonly file: string; readonly by: string }): Promise<void>;
  openComparison(input: { readonly file: string }): ReturnType<VerificationCalls['open']>;
  compareNumbers(input: { readonly file: string } & Turn): ReturnType<VerificationCalls['runLane']>;
  sumUp(input: { readonly file: string } & Turn): Promise<void>;
  endComparison(input: {
    readonly file: string;
    readonly failure?: Failure | undefined;
  }): ReturnType<VerificationCalls['end']>;
}

const MINUTE = 60_000;
const phase = (name: string, awaited: boolean): PhaseOfKind => ({
  name,
  awaited,
  unitsAtOnce: 2,
  standstillMs: (awaited ? 10 : 60) * MINUTE,
});

export const PHASES = ['positive', 'negative'] as const;

const numbers: WorkflowKind = {
  name: 'numbers',
  phases: [phase('positive', true), phase('negative', false)],
  unitWorkflow: 'RangeWorkflow',
  unitWorkflowId: (file, range, first) => `numbers:${file}/${range}/${first}`,
  activities(file) {
    const proxies = new ActivityProxies<NumbersActivities>(file);
    const record = proxies.with('record', 'Record');
    return {
      prepare: () => proxies.with('call', 'Open the file').openFile({ file }),
      recordFailure: (failure) => record.recordFileFailure({ file, failure }),
      recordCancellation: (by) => record.recordStop({ file, by }),
      recordUnitFailure: (range, step, failure) =>
        record.recordRangeFailure({ file, range, phase: step, failure }),
      runLane: (range, of, awaited) =>
        proxies.lane(of, awaited, 'Copy').copyNumbers({ file, range, phase: of.name }),
      completePhase: (range, of, awaited) =>
        proxies.check(of, awaited, 'Check').checkSum({ file, range, phase: of.name }),
    };
  },
  words: {
    subject: 'file',
    unit: 'range',
    units: 'ranges',
    doing: (step) => `copying ${step} numbers`,
  },
  details: {
    migration: ({ phase: at }) => `At ${at}.`,
    unit: ({ doing }) => `Doing ${doing}.`,
    unitStart: ({ unit }) => ({ staticSummary: unit, staticDetails: `Copies the range ${unit}.` }),
  },
};

function comparisonOf(file: string): VerificationCalls {
  const proxies = new ActivityProxies<NumbersActivities>(file);
  const calls = proxies.with('call', 'Open or end the comparison');
  return {
    open: () => calls.openComparison({ file }),
    runLane: (turn) => proxies.with('lane', 'Compare', 'background').compareNumbers({ file, ...turn }),
    finishTurn: (turn) => proxies.with('check', 'Sum up', 'background').sumUp({ file, ...turn }),
    end: (failure) => calls.endComparison({ file, failure }),
  };
}

export const ComparisonWorkflow = (input: VerificationInput) =>
  runVerification({ words: numbers.words, verification: ({ subject }) => comparisonOf(subject) }, input);
export const NumbersWorkflow = (input: MigrationInput) => runMigration(numbers, input);
export const RangeWorkflow = (input: UnitInput) => runUnit(numbers, input);
