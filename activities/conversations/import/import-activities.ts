import { migrationOf } from '../../../domain/conversations/migration.js';
import { isAwaited } from '../../../gateways/store/migrations/app-polls.js';
import { LOOKED_UP } from '../../../gateways/store/work/advance.js';
import type { PassWork } from '../../engine/kind.js';
import type { LaneResult } from '../../engine/lane.js';
import { completeWork, workOn } from '../../engine/work.js';
import type { Engine } from '../../engine/work.js';
import type { ImportActivities, ImportProgress, PhaseInput, PhaseSummary } from '../types.js';
import type { ImportScope } from './import-pass.js';
import { MESSAGES, RECENT_THREADS, THREADS } from './slice-sources.js';

/** The import, as its workflow asks for it. */
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
  const read = (...sources: string[]) =>
    sources.reduce((sum, source) => sum + (progress.read[source] ?? 0), 0);
  return {
    finished,
    halted,
    lanes,
    threads: read(RECENT_THREADS, THREADS, LOOKED_UP),
    messages: read(MESSAGES),
    quarantined: progress.quarantined,
    awaited,
  };
}
