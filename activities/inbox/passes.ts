import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { COPY_RUN, type PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { WorkRef } from '../../domain/engine/work.js';
import { type Counts, countsOf, openReverse, statusOf } from '../../gateways/chatwoot/migrations.js';
import { isUnderWay } from '../../domain/inbox/view.js';
import { chatwootTransaction } from '../../gateways/chatwoot/connect.js';
import { finishTails } from '../../gateways/chatwoot/move/tails.js';
import { raiseFence } from '../../gateways/postgres/fence.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { closePhase, planPhase } from '../../gateways/store/work/plans.js';
import type { KindPasses, PassWork, Scope } from '../engine/kind.js';
import type { Completed } from '../engine/types.js';
import { BatchSize } from './batch-size.js';
import { batches, STAGE } from './batches.js';
import { settle } from './settle.js';
import { unitOf } from './unit-of.js';
import { verifyPass } from './verification.js';

/** Chatwoot's database, for the governors. */
export const CHATWOOT = 'chatwoot';

export interface InboxTarget {
  /** Chatwoot's database. */
  readonly chatwoot: Pool;
  /** Conversations of a batch, at most. */
  readonly batchSize: number;
}

export interface InboxDependencies extends InboxTarget {
  readonly store: Pool;
  /** Notified when a migration begins and ends. */
  readonly log?: ((line: string) => void) | undefined;
}

interface InboxScope extends Scope {
  readonly ref: WorkRef;
  /** The id in `carryover.inbox_migrations`: of the move, or of its reverse. */
  readonly migration: string;
}

/**
 * A unit is one row of `carryover.inbox_migrations`. Its copy does what the row says: it moves an inbox, or reverses another move. Its undo creates a
 * row for its reverse and carries that out. Its verification checks what it has moved.
 */
export function inboxPasses(
  dependencies: InboxDependencies,
): Required<Pick<KindPasses, 'copy' | 'undo' | 'verify'>> {
  const { store, chatwoot } = dependencies;
  const copy = pass(dependencies, {
    migrationOf: async ({ unit }) => unit,
    before: async () => undefined,
    after: async ({ ref }) => {
      await finishTails(chatwoot);
      await settle(dependencies, ref.subject);
    },
  });
  const undo = pass(dependencies, {
    migrationOf: ({ unit }) => openReverse(chatwoot, unit),
    // A copy that still runs somewhere must not continue, neither in the store nor in Chatwoot.
    before: async ({ phase }) => {
      for (const { id, lease } of await closePhase(store, { ...phase, pass: 'copy', run: COPY_RUN }))
        await chatwootTransaction(chatwoot, 'raise-fence', (tx) => raiseFence(tx, id, lease));
    },
    after: async () => undefined,
  });
  return { copy, undo, verify: verifyPass(dependencies) };
}

interface PassRules {
  migrationOf(ref: WorkRef): Promise<string>;
  before(scope: InboxScope): Promise<void>;
  after(scope: InboxScope): Promise<void>;
}

function pass(
  { store, chatwoot, batchSize, log }: InboxDependencies,
  { migrationOf, before, after }: PassRules,
): PassWork<InboxScope, Completed> {
  return {
    async open(ref) {
      const { pass: of, run = COPY_RUN, phase } = ref;
      const unitId = await unitOf(store, ref);
      const migration = await migrationOf(ref);
      return {
        ref,
        migration,
        phase: { unitId, pass: of, run, phase, digestVersion: 1 } satisfies PhaseRef,
        name: `the move of inbox migration ${migration}`,
        targets: [CHATWOOT],
        // Ends the slice of a completed migration, to shut out an older worker that still has it.
        isOver: ['failed', 'cancelled'].includes(await statusOf(chatwoot, migration)),
      };
    },
    async plan(scope) {
      await before(scope);
      log?.(`[InboxMigration ${scope.migration}] begins, or goes on`);
      await planPhase(store, scope.phase, {
        slices: [{ stage: STAGE, lower: null, upper: null, estimate: 0 }],
      });
    },
    stages: ({ phase, name, migration }) => [
      batches({
        ...{ store, chatwoot, phase, migration },
        what: name,
        size: new BatchSize(batchSize),
      }),
    ],
    async complete(scope) {
      const counts = await countsOf(chatwoot, scope.migration);
      mustHaveEnded(counts, scope.name);
      await after(scope);
      const { status, conversations, messages, contactInboxes } = counts;
      log?.(
        `[InboxMigration ${scope.migration}] is ${status}: ${conversations} conversations and ${messages} messages moved`,
      );
      return { tally: { conversations, messages, contactInboxes } };
    },
  };
}

/** A migration that was cancelled in Chatwoot has ended as well. */
function mustHaveEnded({ status, error }: Counts, name: string): void {
  if (isUnderWay(status)) throw new CarryoverError('Unexpected', `Cannot complete ${name}: it is ${status}.`);
  if (status === 'failed') throw new CarryoverError('CheckUnequal', error ?? `It has failed: ${name}.`);
}
