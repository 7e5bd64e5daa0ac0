import type { MigrationInput, MigrationProgress, UnitInput, UnitOutcome } from '../../domain/engine/runs.js';
import { runMigration } from '../engine/migration.js';
import { pinUnit } from '../engine/units/pinning.js';
import type { VerificationInput, VerificationProgress } from '../../domain/engine/verification.js';
import { runUnit } from '../engine/units/unit.js';
import { runVerification } from '../engine/verification.js';
import { inbox } from './kind.js';

/** Moves an inbox's conversations to another inbox, or reverses such a move; requests run one after the other. */
export function InboxMigrationWorkflow(input: MigrationInput): Promise<MigrationProgress> {
  return runMigration(inbox, input);
}

/** One move, or one reverse. */
export function InboxMoveWorkflow(input: UnitInput): Promise<UnitOutcome> {
  return runUnit(inbox, input);
}

/** Compares the results of the moves out of an inbox with Chatwoot's current data. */
export function InboxVerificationWorkflow(input: VerificationInput): Promise<VerificationProgress> {
  return runVerification(inbox, input);
}

pinUnit(InboxMoveWorkflow);
