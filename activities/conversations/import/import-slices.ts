import { Context } from '@temporalio/activity';
import { isAwaited } from '../../../gateways/store/conversations/status/app-polls.js';
import { LOOKED_UP } from '../../../gateways/store/work/advance.js';
import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import type { Governor } from '../../engine/governor.js';
import { runLane } from '../../engine/lane.js';
import type { LaneOptions, LaneResult, LaneTask } from '../../engine/lane.js';
import { messageSource } from './import-messages.js';
import { threadSource } from './import-threads.js';
import { openSource } from './open-source.js';
import type { SourceClients } from './open-source.js';
import { MESSAGES, RECENT_THREADS, THREADS } from './slice-sources.js';
import type { ImportActivities, ImportProgress } from '../types.js';

export interface ImportSlicesDependencies extends SourceClients {
  readonly store: { readonly pool: Pool };
  /** Of all lanes in the process; left out, each lane writes as fast as it can. */
  readonly governor?: Governor | undefined;
  readonly options?: LaneOptions;
}

export function createImportSlices({
  store,
  governor,
  options,
  ...clients
}: ImportSlicesDependencies): ImportActivities['importSlices'] {
  const { pool } = store;
  return async ({ accountId, brandId, phase }) => {
    const activity = Context.current();
    const brand = await findBrand(pool, { accountId, brandId });
    const { info, cancellationSignal } = activity;
    const run = info.workflowExecution?.runId ?? info.activityRunId ?? 'run';
    const source = openSource(brand, clients);
    const [threads, messages] = [phase === 'recent' ? RECENT_THREADS : THREADS, MESSAGES];
    const inPhase = { brandId: brand.id, phase };
    await source.plan(pool, { phase: inPhase, part: phase, threads, messages, run }, cancellationSignal);
    const context = { pool, source, brand, phase };
    const reading = phase === 'recent' ? source.recentThreads : source.threads;
    const task: LaneTask = {
      pool,
      phase: inPhase,
      lane: { name: `${run}/${info.activityId}`, attempt: info.attempt },
      stages: [
        { name: threads, source: threadSource(context, reading) },
        { name: messages, source: messageSource(context) },
      ],
      signal: cancellationSignal,
      ...(governor === undefined ? {} : { takingTurns: governor.takingTurns }),
      beat: () => activity.heartbeat(),
    };
    const work = () => runLane(task, { ...source.lane, ...options });
    const result = await (governor === undefined ? work() : governor.during(inPhase, work));
    // A worker that shuts down hands its part back; a cancellation is told as one.
    if (cancellationSignal.aborted && activity.cancellationDetails?.workerShutdown !== true) {
      await activity.cancelled;
    }
    const awaited = !result.finished && phase === 'recent' && (await isAwaited(pool, accountId));
    return progressOf(result, awaited);
  };
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
