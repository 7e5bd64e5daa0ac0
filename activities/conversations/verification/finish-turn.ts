import { Context } from '@temporalio/activity';
import { CarryoverError } from '../../../domain/engine/failures.js';
import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import { cleanQuarantine } from '../../../gateways/store/conversations/import/cleanup.js';
import { phaseProgress } from '../../../gateways/store/work/slices.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import { finishTurn, skipTurn } from '../../../gateways/store/conversations/verify/finish.js';
import { beginTurn, phaseOfTurn } from '../../../gateways/store/conversations/verify/turns.js';
import { mustBeTiled } from '../import/complete-phase.js';
import { CHECKED_SOURCES, MESSAGES, THREADS } from '../import/slice-sources.js';
import type { VerificationImports } from './types.js';
import { phaseOfPart, turnOf } from './verify-slices.js';

const BEAT_MS = 10_000;

/** A repair that ends leaves no copy in quarantine whose message was taken: that is settled after the turn, and again in each call. */
export function createFinishTurn(pool: Pool): VerificationImports['finishTurn'] {
  return async (input) => {
    const activity = Context.current();
    const brand = await findBrand(pool, input);
    const turn = turnOf(brand, input);
    const timer = setInterval(() => activity.heartbeat(), BEAT_MS);
    try {
      const { imported, part, ended } = await beginTurn(pool, turn);
      if (!imported) return await skipTurn(pool, turn);
      if (!ended) {
        const progress = await phaseProgress(
          pool,
          { brandId: brand.id, phase: phaseOfTurn(turn) },
          { name: '', attempt: 0 },
        );
        const open = Object.values(progress.open).reduce((sum, count) => sum + count, 0);
        if (progress.slices === 0 || open > 0) {
          throw new CarryoverError(
            'Unexpected',
            `Brand ${brand.sourceId} of account ${brand.accountSourceId} is not compared to its end: ${open} slices are open.`,
          );
        }
        await mustBeTiled(
          pool,
          { brandId: brand.id, phase: phaseOfTurn(turn) },
          `the verification of brand ${brand.sourceId} of account ${brand.accountSourceId}`,
        );
        await finishTurn(pool, brand, turn, { repair: input.repair, sources: CHECKED_SOURCES }, () => {
          activity.heartbeat();
          activity.cancellationSignal.throwIfAborted();
        });
      }
      if (input.repair)
        await cleanQuarantine(pool, brand, phaseOfPart(part), { threads: THREADS, messages: MESSAGES });
    } finally {
      clearInterval(timer);
    }
  };
}
