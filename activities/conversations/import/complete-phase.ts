import { Context } from '@temporalio/activity';
import { CarryoverError } from '../../../domain/engine/failures.js';
import type { BrandStatus } from '../../../domain/conversations/statuses.js';
import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import {
  checkedBefore,
  countAttachmentsToFetch,
  settleAndCheck,
} from '../../../gateways/store/conversations/check/check.js';
import { cleanQuarantine } from '../../../gateways/store/conversations/import/cleanup.js';
import { type CheckedPhase, differencesOf } from '../../../gateways/store/conversations/check/compared.js';
import { phaseProgress } from '../../../gateways/store/work/slices.js';
import type { PhaseOfBrand } from '../../../gateways/store/work/slices.js';
import { findUntiled } from '../../../gateways/store/work/tiles.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import type { Dumps } from '../../../gateways/dumps/client.js';
import { confirmDump } from './dump-plan.js';
import { retryMessagesWithThread } from '../operations/quarantine-retry.js';
import { CHECKED_SOURCES, MESSAGES, THREADS } from './slice-sources.js';
import type { BrandInput, ImportActivities, Phase } from '../types.js';

export interface CompletePhaseDependencies {
  readonly store: { readonly pool: Pool };
  readonly tables: SourceTables;
  readonly dumps: Dumps;
  /** Sets the brand's status along the allowed steps; said again it must change nothing. */
  setBrandStatus(brand: BrandInput, status: BrandStatus): Promise<void>;
}

const STATUS_AFTER = {
  recent: 'recent-messages-migrated',
  remaining: 'all-messages-migrated',
} as const satisfies Record<Phase, BrandStatus>;

const BEAT_MS = 10_000;

/**
 * 1. Before all messages are in: a dump is as it was when it was read.
 * 2. The slices are the range that was planned.
 * 3. Copies in quarantine whose message was taken elsewhere go; messages there whose thread has come since are taken.
 * 4. Threads are settled and everything is compared, in one snapshot.
 * 5. The phase is completed, then the brand's status follows. After a crash between the two a second call sets it.
 */
export function createCompletePhase({
  store: { pool },
  tables,
  dumps,
  setBrandStatus,
}: CompletePhaseDependencies): ImportActivities['completePhase'] {
  return async ({ accountId, brandId, phase }) => {
    const activity = Context.current();
    const brand = await findBrand(pool, { accountId, brandId });
    const timer = setInterval(() => activity.heartbeat(), BEAT_MS);
    try {
      const { dump: location } = brand;
      if (location && phase === 'remaining')
        await confirmDump({ pool, dumps, brand, location }, activity.cancellationSignal);
      const beat = (): void => {
        activity.heartbeat();
        activity.cancellationSignal.throwIfAborted();
      };
      const clean = async (): Promise<void> => {
        const sources = { threads: THREADS, messages: MESSAGES };
        // Threads that were taken must not be in quarantine any more when their messages are.
        await cleanQuarantine(pool, brand, phase, sources);
        const taken = await retryMessagesWithThread(pool, tables, brand, activity.cancellationSignal, beat);
        if (taken > 0) await cleanQuarantine(pool, brand, phase, sources);
      };
      const checked =
        (await checkedBefore(pool, brand.id, phase)) ?? (await check({ pool, brand, phase, clean, beat }));
      await setBrandStatus({ accountId, brandId }, STATUS_AFTER[phase]);
      const { messages, threads, quarantined } = checked.held;
      const attachmentsToFetch = await countAttachmentsToFetch(pool, brand.id);
      return { messages, threads, quarantined, attachmentsToFetch };
    } finally {
      clearInterval(timer);
    }
  };
}

interface Check {
  readonly pool: Pool;
  readonly brand: ImportedBrand;
  readonly phase: Phase;
  clean(): Promise<void>;
  beat(): void;
}

async function check({ pool, brand, phase, clean, beat }: Check): Promise<CheckedPhase> {
  const where = `brand ${brand.sourceId} of account ${brand.accountSourceId}`;
  const progress = await phaseProgress(pool, { brandId: brand.id, phase }, { name: '', attempt: 0 });
  const open = Object.values(progress.open).reduce((sum, count) => sum + count, 0);
  if (progress.slices === 0 || open > 0) {
    throw new CarryoverError(
      'Unexpected',
      `The ${phase} import of ${where} is not finished: ${open} slices are open.`,
    );
  }
  await mustBeTiled(pool, { brandId: brand.id, phase }, `the ${phase} import of ${where}`);
  await clean();
  beat();
  const checked = await settleAndCheck(pool, brand, phase, {
    ...CHECKED_SOURCES,
    beat,
  });
  mustBeEqual(checked, `After the ${phase} import of ${where}`);
  return checked;
}

/** Equal sums prove nothing of what was not read. Throws CheckUnequal. */
export async function mustBeTiled(pool: Pool, phase: PhaseOfBrand, what: string): Promise<void> {
  const fault = await findUntiled(pool, phase);
  if (fault !== undefined)
    throw new CarryoverError('CheckUnequal', `What was read in ${what} is not what was planned: ${fault}.`);
}

/** Throws CheckUnequal. */
export function mustBeEqual(checked: CheckedPhase, when: string): void {
  const differences = differencesOf(checked);
  if (differences.length > 0)
    throw new CarryoverError('CheckUnequal', `${when} differ: ${differences.join('; ')}.`);
}
