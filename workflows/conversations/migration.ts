import type { MigrationInput, MigrationProgress, UnitInput, UnitOutcome } from '../../domain/engine/runs.js';
import { runMigration } from '../engine/migration.js';
import { pinUnit } from '../engine/units/pinning.js';
import { runUnit } from '../engine/units/unit.js';
import type { BrandOwn } from '../../domain/conversations/brand-own.js';
import { conversations } from './kind.js';

/** Migrates an account: the recent messages of every brand, then the remaining ones. Its ports outlive it. */
export function MigrationWorkflow(input: MigrationInput): Promise<MigrationProgress> {
  return runMigration(conversations, input);
}

/** Migrates one brand: its channels and their ports, then the requested phases, then its attachments. */
export function BrandMigrationWorkflow(input: UnitInput<BrandOwn>): Promise<UnitOutcome<BrandOwn>> {
  return runUnit(conversations, input);
}

// The migration itself moves on to new code, since its brands may take weeks.
pinUnit(BrandMigrationWorkflow);
