import { Context } from '@temporalio/activity';
import pLimit from 'p-limit';
import type { SourceTables } from '../../gateways/dynamodb/client.js';
import { LOOKED_UP } from '../../gateways/store/bulk/advance.js';
import { findBrand } from '../../gateways/store/bulk/brand.js';
import type { ImportedBrand } from '../../gateways/store/bulk/brand.js';
import { planPhase } from '../../gateways/store/bulk/slices.js';
import type { NewSlice } from '../../gateways/store/bulk/slices.js';
import type { Pool } from '../../gateways/store/bulk/transaction.js';
import { COMMITS_AT_ONCE, runLane } from '../import/lane.js';
import type { LaneOptions, LaneResult } from '../import/lane.js';
import type { ImportSource } from '../import/source.js';
import { messageSource } from './import-messages.js';
import { threadSource } from './import-threads.js';
import type { ImportActivities, ImportProgress, Phase } from './types.js';

export interface ImportSlicesDependencies {
  readonly store: { readonly pool: Pool };
  readonly tables: SourceTables;
  readonly options?: LaneOptions;
}

/** Slices' sources, as `import_slices` names them. */
export const RECENT_THREADS = 'recent-threads';
export const THREADS = 'threads';
export const MESSAGES = 'messages';

/**
 * Of the two phases each message is in one: `recent` from the boundary on, `remaining` before it. The recent phase brings the
 * threads it needs by the index; the remaining phase reads all threads from their table, since an index may leave some out.
 */
export function createImportSlices({
  store,
  tables,
  options,
}: ImportSlicesDependencies): ImportActivities['importSlices'] {
  const { pool } = store;
  // Of all lanes in the process: more would only wait for each other, and for the connections that others need too.
  const takingTurns = pLimit(COMMITS_AT_ONCE);
  return async ({ accountId, brandId, phase }) => {
    const activity = Context.current();
    const brand = await findBrand(pool, { accountId, brandId });
    const stages = stagesOf(phase, { pool, tables, brand });
    await planPhase(
      pool,
      { brandId: brand.id, phase },
      stages.map(({ name }) => firstSlice(name, phase, brand)),
    );
    const { info } = activity;
    const result = await runLane(
      {
        pool,
        phase: { brandId: brand.id, phase },
        lane: {
          name: `${info.workflowExecution?.runId ?? info.activityRunId ?? 'run'}/${info.activityId}`,
          attempt: info.attempt,
        },
        stages,
        signal: activity.cancellationSignal,
        takingTurns,
        beat: () => activity.heartbeat(),
      },
      options,
    );
    // A worker that shuts down hands its part back; a cancellation is told as one.
    if (activity.cancellationSignal.aborted && activity.cancellationDetails?.workerShutdown !== true) {
      await activity.cancelled;
    }
    return progressOf(result);
  };
}

function stagesOf(
  phase: Phase,
  context: { readonly pool: Pool; readonly tables: SourceTables; readonly brand: ImportedBrand },
): { name: string; source: ImportSource }[] {
  const inPhase = { ...context, phase };
  const threads =
    phase === 'recent'
      ? { name: RECENT_THREADS, source: threadSource(inPhase, 'threadsByLastMessage') }
      : { name: THREADS, source: threadSource(inPhase, 'threadsById') };
  return [threads, { name: MESSAGES, source: messageSource(inPhase) }] as {
    name: string;
    source: ImportSource;
  }[];
}

function firstSlice(source: string, phase: Phase, brand: ImportedBrand): NewSlice {
  const boundary = JSON.stringify(brand.recentSince);
  const whole = { source, lower: null, upper: null, estimate: 0 };
  if (phase === 'recent') return { ...whole, lower: boundary };
  return source === MESSAGES ? { ...whole, upper: boundary } : whole;
}

function progressOf({ finished, halted, lanes, progress }: LaneResult): ImportProgress {
  const read = (...sources: string[]) =>
    sources.reduce((sum, source) => sum + (progress.read[source] ?? 0), 0);
  return {
    finished,
    halted,
    lanes,
    threads: read(RECENT_THREADS, THREADS, LOOKED_UP),
    messages: read(MESSAGES),
    quarantined: progress.quarantined,
  };
}
