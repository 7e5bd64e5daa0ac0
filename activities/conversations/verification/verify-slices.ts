import { Context } from '@temporalio/activity';
import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import {
  beginTurn,
  importBegan,
  phaseOfTurn,
  VERIFIED_MESSAGES,
  VERIFIED_THREADS,
} from '../../../gateways/store/conversations/verify/turns.js';
import type { Turn, TurnPart } from '../../../gateways/store/conversations/verify/turns.js';
import { runLane } from '../../engine/lane.js';
import type { LaneOptions } from '../../engine/lane.js';
import type { ImportSource } from '../../engine/source.js';
import { verifiedMessages } from './message-source.js';
import { verifiedThreads } from './thread-source.js';
import { openSource } from '../import/open-source.js';
import type { SourceClients } from '../import/open-source.js';
import type { TurnContext } from './turn-context.js';
import type { TurnInput, VerificationImports } from './types.js';
import { newSince } from './verdict.js';

export interface VerifySlicesDependencies extends SourceClients {
  readonly store: { readonly pool: Pool };
  readonly options?: LaneOptions;
}

/** The last phase that has read: repaired records count to it. */
export function phaseOfPart(part: TurnPart): 'recent' | 'remaining' {
  return part === 'recent' ? 'recent' : 'remaining';
}

/**
 * Reads the brand again with the engine of the import, in slices of its own, and compares instead of writing: the range that the phases of
 * its import have read. Threads come first: messages are held against them.
 */
export function createVerifySlices({
  store: { pool },
  options,
  ...clients
}: VerifySlicesDependencies): VerificationImports['verifySlices'] {
  return async (input) => {
    const activity = Context.current();
    const brand = await findBrand(pool, input);
    const turn = turnOf(brand, input);
    const { imported, part, ended } = await beginTurn(pool, turn);
    if (!imported || ended) return { finished: true, halted: false, records: 0 };

    const { info } = activity;
    const run = info.workflowExecution?.runId ?? info.activityRunId ?? 'run';
    const source = openSource(brand, clients);
    const stages = stagesOf({
      pool,
      source,
      brand,
      turn,
      repair: input.repair,
      phase: phaseOfPart(part),
      part,
      since: newSince(await importBegan(pool, brand.id)),
    });
    const phase = { brandId: brand.id, phase: phaseOfTurn(turn) };
    await source.plan(
      pool,
      { phase, part, threads: VERIFIED_THREADS, allThreads: true, messages: VERIFIED_MESSAGES, run },
      activity.cancellationSignal,
    );
    const { finished, halted, progress } = await runLane(
      {
        pool,
        phase,
        lane: { name: `${run}/${info.activityId}`, attempt: info.attempt },
        stages,
        signal: activity.cancellationSignal,
        beat: () => activity.heartbeat(),
      },
      // One lane is enough: nobody waits for it.
      { ...source.lane, moreLanesFrom: Number.POSITIVE_INFINITY, ...options },
    );
    if (activity.cancellationSignal.aborted && activity.cancellationDetails?.workerShutdown !== true)
      await activity.cancelled;
    const records = Object.values(progress.read).reduce((sum, read) => sum + read, 0);
    return { finished, halted, records };
  };
}

export function turnOf(brand: ImportedBrand, { verificationId, pass }: TurnInput): Turn {
  return { verificationId, brandId: brand.id, pass };
}

function stagesOf(context: TurnContext): { name: string; source: ImportSource }[] {
  return [
    { name: VERIFIED_THREADS, source: verifiedThreads(context) },
    { name: VERIFIED_MESSAGES, source: verifiedMessages(context) },
  ] as { name: string; source: ImportSource }[];
}
