import type { Phase } from '../../../domain/conversations/phases.js';
import type { Clock } from '../../../domain/engine/clock.js';
import type { Pass as TurnNumber } from '../../../domain/engine/verification.js';
import { findBrand } from '../../../gateways/store/conversations/import/brand.js';
import { cleanQuarantine } from '../../../gateways/store/conversations/import/cleanup.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import { compareTotals, skipTurn } from '../../../gateways/store/conversations/verify/compare-totals.js';
import { MESSAGES, THREADS } from '../../../gateways/store/conversations/import/phases.js';
import { beginTurn, importBegan, phaseOfTurn } from '../../../gateways/store/conversations/verify/turns.js';
import { STORE } from '../../engine/governing/governors.js';
import type { PassWork, Scope } from '../../engine/kind.js';
import { applyWaitingOf } from '../following/apply-hints.js';
import { openSource } from '../import/open-source.js';
import type { SourceClients } from '../import/open-source.js';
import { verifiedMessages } from './compare-messages.js';
import { verifiedThreads } from './compare-threads.js';
import { threadIdsOf } from './thread-ids.js';
import type { TurnContext } from './turn-context.js';
import { newSince } from './verdict.js';

export interface TurnDependencies extends SourceClients {
  readonly store: { readonly pool: Pool };
  readonly clock: Clock;
}

export interface TurnScope extends Scope {
  readonly context: TurnContext;
  /** False for a brand whose import has not read everything it planned. */
  readonly imported: boolean;
}

/**
 * Reads the range that a brand's import has read, in slices of its own, and compares instead of writing. Threads come first, because messages are
 * compared with them. A repair imports again what is missing or different.
 */
export function turnPass({ store, clock, ...clients }: TurnDependencies): PassWork<TurnScope, void> {
  const { pool } = store;
  return {
    async open({ subject, unit, phase, pass, run = '' }) {
      const brand = await findBrand(pool, { accountId: subject, brandId: unit });
      const turn = {
        verificationId: run,
        brandId: brand.id,
        unitId: brand.unitId,
        pass: Number(phase) as TurnNumber,
        repair: pass === 'repair',
      };
      const { imported, part, ended, followedBefore } = await beginTurn(pool, turn);
      const source = openSource(brand, clients);
      const since = newSince(await importBegan(pool, brand.unitId), clock.now());
      // Repaired records count towards the last phase that has read.
      const context = {
        ...{ pool, clock, source, brand, turn, part, since, followedBefore },
        ...{ phase: lastPhaseOf(part), threadIds: threadIdsOf(pool, turn) },
      };
      return {
        context,
        imported,
        phase: phaseOfTurn(turn),
        name: `the verification of brand ${unit} of account ${subject}`,
        targets: [STORE],
        sources: source.sources,
        // A verification runs in one lane: no user waits for it.
        lane: { ...source.lane, moreLanesFrom: Number.POSITIVE_INFINITY },
        isOver: !imported || ended,
      };
    },
    plan({ context: { source, part }, phase }, by, signal) {
      return source.plan(pool, { phase, part, allThreads: true, run: by }, signal);
    },
    stages({ context }) {
      const { source } = context;
      return [
        { name: THREADS, source: source.threads, target: verifiedThreads(context) },
        { name: MESSAGES, source: source.messages, target: verifiedMessages(context) },
      ];
    },
    /**
     * A repair must leave no quarantined copy whose message was taken, and no waiting hints for following. Does both after the turn; repeated calls
     * do so again.
     */
    async complete({ context, imported, isOver }, { check, signal }) {
      const { brand, turn, phase } = context;
      if (!imported) return skipTurn(pool, turn);
      if (isOver !== true) await compareTotals(pool, brand, turn, check);
      if (!turn.repair) return;
      await applyWaitingOf({ store, clock, tables: clients.tables }, brand.accountSourceId, signal);
      await cleanQuarantine(pool, brand, phase);
    },
  };
}

function lastPhaseOf(part: TurnContext['part']): Phase {
  return part === 'recent' ? 'recent' : 'remaining';
}
