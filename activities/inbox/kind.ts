import { displayName } from '../../domain/engine/web-ui/business-names.js';
import { BY_HAND } from '../../domain/engine/signals.js';
import { INBOX, PHASE } from '../../domain/inbox/names.js';
import { endOf, underWayOf } from '../../gateways/chatwoot/migrations.js';
import { finishTails } from '../../gateways/chatwoot/move/tails.js';
import { INBOX_ROWS, knownMoves } from '../../gateways/store/inbox/rows.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import { addUnits } from '../../gateways/store/work/units.js';
import type { CodeVersion } from '../engine/certified-run.js';
import type { ActivityKind, KindCalls } from '../engine/kind.js';
import { type InboxDependencies, inboxPasses } from './passes.js';
import { settle, settleLocked } from './settle.js';
import { inboxVerifications } from './verification.js';

/** Moves inboxes inside a Chatwoot database. A subject is an account's inbox, a unit is one row of `carryover.inbox_migrations`. */
export function inboxKind(dependencies: InboxKindDependencies): ActivityKind {
  return { ...inboxPasses(dependencies), ...inboxCalls(dependencies) };
}

type InboxKindDependencies = InboxDependencies & { readonly code: CodeVersion };

function inboxCalls({ store, chatwoot, code }: InboxKindDependencies): KindCalls {
  return {
    verifications: inboxVerifications({ store, chatwoot, code }),
    async prepare(subject) {
      const found = await underWayOf(chatwoot, subject);
      const paused = await transaction(store, 'prepare-inbox', async (tx) => {
        await addUnits(
          tx,
          found.map(({ id, name }) => ({ kind: INBOX, subject, key: id, name })),
        );
        return (await INBOX_ROWS.lock(tx, subject))?.steering.paused !== undefined;
      });
      if (found.length === 0) await settle({ store, chatwoot }, subject);
      const units = found.map(({ id, name }) => ({ unit: id, name: displayName(name), phases: [PHASE] }));
      return { name: units[0]?.name, units, paused };
    },
    async recordFailure(subject, failure) {
      for (const { id } of await underWayOf(chatwoot, subject))
        await endOf(chatwoot, id, 'failed', failure.message);
      await settle({ store, chatwoot }, subject);
    },
    async recordUnitFailure(subject, unit, { failure }) {
      await endOf(chatwoot, unit, 'failed', failure.message);
      await settle({ store, chatwoot }, subject);
      await finishTails(chatwoot);
    },
    async recordCancellation(subject, by) {
      await transaction(store, 'record-cancellation', async (tx) => {
        const held = await INBOX_ROWS.lock(tx, subject);
        // A concurrent start has ended the cancellation: its migration continues.
        if (held?.steering.cancelled === undefined && by !== BY_HAND) return;
        for (const id of await knownMoves(tx, subject)) await endOf(chatwoot, id, 'cancelled');
        await settleLocked(tx, chatwoot, subject);
      });
      await finishTails(chatwoot);
    },
  };
}
