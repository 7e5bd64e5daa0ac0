/** The signals and queries of a migration's workflow. */

import { defineQuery, defineSignal } from '@temporalio/workflow';
import {
  type CancelSignal,
  type PhaseDoneSignal,
  QUERIES,
  SIGNALS,
  type StartSignal,
} from '../../domain/engine/messages.js';
import type { MigrationProgress } from '../../domain/engine/runs.js';

export const startSignal = defineSignal<[StartSignal]>(SIGNALS.start);
export const cancelSignal = defineSignal<[CancelSignal]>(SIGNALS.cancel);
export const phaseDoneSignal = defineSignal<[PhaseDoneSignal]>(SIGNALS.phaseDone);
export const migrationProgressQuery = defineQuery<MigrationProgress>(QUERIES.progress);
