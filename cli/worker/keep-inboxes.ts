import type { Logger } from 'pino';
import { settle } from '../../activities/inbox/settle.js';
import { type Clock, type Stop, timestamp } from '../../domain/engine/clock.js';
import type { Chatwoot } from '../../gateways/chatwoot/connect.js';
import { isUnknownNewer, refusalOf, takeInventory } from '../../gateways/chatwoot/inventory.js';
import { type UnderWay, underWayOf } from '../../gateways/chatwoot/migrations.js';
import { finishTails } from '../../gateways/chatwoot/move/tails.js';
import { purgeJournals } from '../../gateways/chatwoot/purge.js';
import {
  callMove,
  INBOX_ROWS,
  knownMoves,
  runningSubjects,
  startMove,
} from '../../gateways/store/inbox/rows.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { transaction } from '../../gateways/store/sql/transaction.js';

const EVERY_MS = 60_000;
const PURGE_EVERY_MS = 3_600_000;
/** A migration without a batch for so long may have lost its workflow. */
const QUIET_SECONDS = 600;
/** Who starts what the API recorded in Chatwoot, and no further. */
const KEEPER = 'Carryover';

export interface KeepInboxes {
  readonly store: Pick<Store, 'pool' | 'control'>;
  readonly chatwoot: Pick<Chatwoot, 'ready'>;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly clock: Clock;
  /** For how many days a migration can be reversed. */
  readonly journalDays: number;
}

/** Keeps the migrations of inboxes going, at once and at intervals, and purges journals. Returns a function that stops it. */
export function keepInboxes(options: KeepInboxes): Stop {
  const { chatwoot, logger, clock, journalDays } = options;
  const look = async (): Promise<void> => {
    await keepOnce(options).catch((error: unknown) =>
      logger.debug({ err: error }, 'the migrations of inboxes could not be checked yet'),
    );
  };
  const purge = async (): Promise<void> => {
    try {
      const purged = await purgeJournals(await chatwoot.ready(), journalDays);
      if (purged.length > 0) logger.info({ migrations: purged }, '[InboxMigration] journals were purged');
    } catch (error) {
      logger.debug({ err: error }, 'the journals of inboxes could not be purged yet');
    }
  };
  void inspect(options).then(look).then(purge);
  const stops = [
    clock.every(EVERY_MS, () => void look(), { ref: false }),
    clock.every(PURGE_EVERY_MS, () => void purge(), { ref: false }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Reports anything unusual about Chatwoot's database to operators, before a move is requested. */
async function inspect({ chatwoot, logger }: KeepInboxes): Promise<void> {
  try {
    const inventory = await takeInventory(await chatwoot.ready());
    const refusal = refusalOf(inventory);
    if (refusal !== undefined) logger.warn(`no inbox can be moved: ${refusal}`);
    if (isUnknownNewer(inventory))
      logger.warn(
        { version: inventory.version },
        'this Chatwoot is newer than the versions that were checked',
      );
  } catch (error) {
    logger.debug({ err: error }, "Chatwoot's database could not be inspected yet");
  }
}

/**
 * Chatwoot's database and the store change one after the other, so a crash in between leaves them apart:
 *
 * - A migration that is queued in Chatwoot and unknown to the store is started.
 * - One without a batch for a while is started again: its workflow may have been ended by hand, or lost with Temporal's data.
 * - A subject that has ended in Chatwoot alone is settled in the store.
 * - Older messages of large conversations follow where a migration ended before they had.
 */
export async function keepOnce({ store, chatwoot, clock, logger }: KeepInboxes): Promise<void> {
  const pool = await chatwoot.ready();
  const underWay = await underWayOf(pool);
  for (const move of underWay) {
    const done = await transaction(store.control, 'keep-inbox', async (tx) => {
      const held = await INBOX_ROWS.lock(tx, move.subject);
      const by = { by: move.by ?? KEEPER, at: timestamp(clock) };
      const isKnown = held?.status === 'running' && (await knownMoves(tx, move.subject)).includes(move.id);
      if (!isKnown) {
        await startMove(tx, move, by);
        return 'started';
      }
      if (!isQuiet(move) || held.steering.paused !== undefined) return undefined;
      await callMove(tx, move.subject, by);
      return 'called again';
    });
    if (done !== undefined) logger.info(`[InboxMigration ${move.id}] it is ${done}`);
  }
  await finishTails(pool);
  const open = new Set(underWay.map(({ subject }) => subject));
  for (const subject of await runningSubjects(store.pool))
    if (!open.has(subject)) await settle({ store: store.control, chatwoot: pool }, subject);
}

/** Only in the first minute after so many: the message is not to be sent each time. */
function isQuiet({ quietSeconds }: UnderWay): boolean {
  return quietSeconds > QUIET_SECONDS && quietSeconds % QUIET_SECONDS < EVERY_MS / 1_000;
}
