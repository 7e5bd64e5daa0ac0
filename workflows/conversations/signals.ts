/** What the migration workflow is told by signals. */

import { defineQuery, defineSignal } from '@temporalio/workflow';
import {
  type CancelSignal,
  type MigrationProgress,
  type PartDoneSignal,
  QUERIES,
  SIGNALS,
  type StartSignal,
} from '../../domain/engine/messages.js';

export const startSignal = defineSignal<[StartSignal]>(SIGNALS.start);
export const cancelSignal = defineSignal<[CancelSignal]>(SIGNALS.cancel);
export const partDoneSignal = defineSignal<[PartDoneSignal]>(SIGNALS.partDone);
export const migrationProgressQuery = defineQuery<MigrationProgress>(QUERIES.progress);
