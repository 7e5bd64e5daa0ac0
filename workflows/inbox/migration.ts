import type { MigrationInput, MigrationProgress, UnitInput, UnitOutcome } from '../../domain/engine/runs.js';
import { runMigration } from '../engine/migration.js';
import { pinUnit } from '../engine/units/pinning.js';
import type { VerificationInput, VerificationProgress } from '../../domain/engine/verification.js';
import { runUnit } from '../engine/units/unit.js';
import { runVerification } from '../engine/verification.js';
import { inbox } from './kind.js';

/** Moves an inbox's conversations to another inbox, or takes such a move back, one after the other as they are asked for. */
export function InboxMigrationWorkflow(input: MigrationInput): Promise<MigrationProgress> {
  return runMigration(inbox, input);
}

/** One move, or what takes one back. */
export function InboxMoveWorkflow(input: UnitInput): Promise<UnitOutcome> {
  return runUnit(inbox, input);
}

/** Looks at what the moves out of an inbox have brought, as Chatwoot has it now. */
export function InboxVerificationWorkflow(input: VerificationInput): Promise<VerificationProgress> {
  return runVerification(inbox, input);
}

pinUnit(InboxMoveWorkflow);
