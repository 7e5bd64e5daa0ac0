import { migrationOf } from '../../../domain/conversations/migration.js';
import { isAwaited } from '../../../gateways/store/migrations/app-polls.js';
import { MESSAGES, THREADS } from '../../../gateways/store/conversations/import/phases.js';
import type { PassWork } from '../../engine/kind.js';
import type { LaneResult } from '../../engine/lane.js';
import { completeWork, workOn } from '../../engine/work.js';
import type { Engine } from '../../engine/work.js';
import type { ImportActivities, ImportProgress, PhaseInput, PhaseSummary } from '../types.js';
import type { ImportScope } from './import-pass.js';

/** The activities of the import, as its workflow calls them. */
export function createImportActivities(
  engine: Engine,
  copy: PassWork<ImportScope, PhaseSummary>,
): Pick<ImportActivities, 'importSlices' | 'completePhase'> {
  return {
    importSlices: async (input) => {
      const result = await workOn(engine, copy, refOf(input));
      const { finished } = result;
      const awaited =
        !finished && input.phase === 'recent' && (await isAwaited(engine.pool, migrationOf(input.accountId)));
      return progressOf(result, awaited);
    },
    completePhase: (input) => completeWork(engine, copy, refOf(input)),
  };
}

function refOf({ accountId, brandId, phase }: PhaseInput) {
  return { subject: accountId, unit: brandId, phase, pass: 'copy' } as const;
}

function progressOf({ finished, halted, lanes, progress }: LaneResult, awaited: boolean): ImportProgress {
  return {
    finished,
    halted,
    lanes,
    threads: progress.read[THREADS] ?? 0,
    messages: progress.read[MESSAGES] ?? 0,
    quarantined: progress.quarantined,
    awaited,
  };
}
