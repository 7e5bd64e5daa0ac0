/** A kind of migration for tests, as small as one can be: the numbers of a file, in ranges, positive ones first. */

import type { MigrationInput, UnitInput } from '../../../domain/engine/runs.js';
import type { VerificationInput } from '../../../domain/engine/verification.js';
import type { PhaseOfKind, WorkflowKind } from '../../../workflows/engine/kind.js';
import { runMigration } from '../../../workflows/engine/migration.js';
import { runUnit } from '../../../workflows/engine/units/unit.js';
import { runVerification } from '../../../workflows/engine/verification.js';

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

export const ComparisonWorkflow = (input: VerificationInput) => runVerification(numbers, input);
export const NumbersWorkflow = (input: MigrationInput) => runMigration(numbers, input);
export const RangeWorkflow = (input: UnitInput) => runUnit(numbers, input);
